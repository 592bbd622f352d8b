import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../../sdk/client/library/library.js';
import type { LibraryAccount } from '../../../../sdk/client/library/library-account.js';
import type {
  LibraryDownload,
  LibraryFolder,
  LibraryShare,
} from '../../../../sdk/client/library/records/library-schema.js';

export function share(fileName: string, more: Partial<LibraryShare> = {}): LibraryShare {
  return {
    ...{ groupId: 'lab', fileName, path: `/data/${fileName}`, manifestId: 'ab'.repeat(32) },
    ...{ sizeBytes: 1, modifiedNs: '1', registered: true, ...more },
  };
}

export function download(id: string): Omit<LibraryDownload, 'position'> {
  const about = { id, groupId: 'lab', fileName: `file ${id}`, finalPath: `/out/${id}`, manifestId: 'cd'.repeat(32) };
  return { ...about, overwrite: false, sizeBytes: 1, paused: false };
}

export function folderDownload(digit: string): Omit<LibraryFolder, 'position'> {
  const id = `00000000-0000-4000-8000-${digit.repeat(12)}`;
  return { id, groupId: 'lab', folder: digit, root: `/out/${digit}`, paused: false };
}

/** What an account holds, to be compared. */
export function recordsOf(account: LibraryAccount): unknown {
  const shares = [...account.shares].sort((one, other) => (one.fileName < other.fileName ? -1 : 1));
  const folders = [...account.folders].sort((one, other) => (one.id < other.id ? -1 : 1));
  const left = account.leftGroups.list.map(({ groupId }) => groupId).sort();
  const removed = [...account.removedFiles.list].sort((one, other) => (one.path < other.path ? -1 : 1));
  const older = [...account.olderFiles.list].sort((one, other) => (one.path < other.path ? -1 : 1));
  const { isComplete } = account.completeness;
  return JSON.parse(
    JSON.stringify({ shares, downloads: account.downloads, folders, left, removed, older, isComplete }),
  );
}

/** A data folder's library: its files, and how it is opened and read. */
export class LibraryFolderOnDisk {
  readonly marker: string;
  readonly journal: string;
  readonly warnings: string[] = [];

  constructor(readonly path: string) {
    this.marker = join(path, 'library.json');
    this.journal = join(path, 'library.journal');
  }

  open(): Promise<Library> {
    return Library.open(this.path, (message) => this.warnings.push(message));
  }

  /** The names of all shares, after it was opened anew. */
  async names(): Promise<string[]> {
    return (await this.open()).account('t', 'u').shares.map(({ fileName }) => fileName);
  }

  /** Shares files, each in a write of its own. */
  async write(...fileNames: string[]): Promise<Library> {
    const library = await this.open();
    for (const name of fileNames) {
      library.account('t', 'u').putShares([share(name)]);
      await library.durable();
    }
    return library;
  }

  text(): string {
    return readFileSync(this.journal, 'utf8');
  }

  /** `library.json` as version 0.1 wrote it at last. */
  writeVersion1(
    accounts: Readonly<
      Record<string, { shares: readonly object[]; downloads: readonly object[]; folders?: readonly object[] }>
    >,
  ): string {
    const lines = Object.entries(accounts).flatMap(([key, { shares, ...others }], index, all) => [
      `${JSON.stringify(key)}:{"shares":[`,
      ...shares.map((one, at) => `${JSON.stringify(one)}${at < shares.length - 1 ? ',' : ''}`),
      `],${JSON.stringify(others).slice(1)}${index < all.length - 1 ? ',' : ''}`,
    ]);
    const digests = lines.map((line) => sha256(line.replace(/,$/, '')));
    const text = `{"version":1,"digest":"${sha256(digests.join(''))}",\n"accounts":{\n${lines.join('\n')}\n}}\n`;
    writeFileSync(this.marker, text);
    return text;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
