import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { readFileWithin } from '../../disk/index.js';
import { isUnfinished, tagIn } from '../../engine/index.js';
import { ShoalError } from '../../protocol/index.js';
import { throwIfAborted } from '../util/abort.js';
import { isSecretFolder, mayBeSecret, requireNoSecret, WHY_SECRET } from './secret-folder.js';

/** A file in the folder or a subfolder. */
export interface WalkedFile {
  readonly path: string;
  /** Path relative to the folder, with slashes. */
  readonly place: string;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
}

/** A file or folder that was skipped, and why. Ignored files are not listed. */
export interface Skipped {
  readonly path: string;
  readonly why: string;
}

interface WalkOptions {
  /** Patterns in addition to the ignore files of the tree. */
  readonly exclude: readonly string[];
  /** Relative paths that are always left out. */
  readonly omit?: ReadonlySet<string> | undefined;
  /** Tags of unfinished folder downloads, whose partial files are skipped. */
  readonly tags?: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

/** The ignore rules of one folder. They apply to paths below it. */
interface Rules {
  readonly depth: number;
  readonly rules: Ignore;
}

/** Ignore files of a folder. The rules of the second override those of the first. */
const RULE_FILES = ['.gitignore', '.shoalignore'];
const MAX_RULE_BYTES = 1024 * 1024;
/** Never shared: it belongs to one checkout, and changes constantly. */
const NEVER = '.git';
/** Maximum number of files and folders in one walk. */
const MAX_WALKED = 200_000;

/**
 * All files below a folder, in the order of their names. It does not follow links, and returns regular files only.
 * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `PERMISSION_DENIED`, the disk's errors of
 * the folder itself, `ABORTED`
 */
export async function walkFolder(
  root: string,
  { exclude, signal, omit = new Set(), tags = new Set() }: WalkOptions,
): Promise<{ files: WalkedFile[]; skipped: Skipped[] }> {
  const there = await lstat(root).catch((error: unknown) => {
    throw ShoalError.from(error, 'PATH_NOT_FOUND');
  });
  if (!there.isDirectory()) throw new ShoalError('NOT_A_FOLDER', `${root} is not a folder: name a folder.`);
  await requireNoSecret(root, 'folder');
  const walk = new Walk(signal, tags, omit);
  await walk.enter(root, [], [{ depth: 0, rules: ignore().add([...exclude]) }]);
  return walk;
}

class Walk {
  readonly files: WalkedFile[] = [];
  readonly skipped: Skipped[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #tags: ReadonlySet<string>;
  readonly #omit: ReadonlySet<string>;
  #walked = 0;

  constructor(signal: AbortSignal | undefined, tags: ReadonlySet<string>, omit: ReadonlySet<string>) {
    this.#signal = signal;
    this.#tags = tags;
    this.#omit = omit;
  }

  async enter(path: string, above: readonly string[], rules: readonly Rules[]): Promise<void> {
    throwIfAborted(this.#signal);
    const entries = await readdir(path, { withFileTypes: true });
    this.#walked += entries.length;
    if (mayBeSecret(entries.map(({ name }) => name)) && (await isSecretFolder(path))) {
      this.skipped.push({ path, why: WHY_SECRET });
      return;
    }
    if (this.#walked > MAX_WALKED) {
      throw new ShoalError(
        'FOLDER_TOO_LARGE',
        `It contains more than ${MAX_WALKED} files: share its subfolders one by one.`,
      );
    }
    const own = await this.#rulesOf(path, entries);
    const all = own ? [...rules, { depth: above.length, rules: own }] : rules;
    for (const entry of entries.sort(byName)) {
      if (entry.name === NEVER) continue;
      const names = [...above, entry.name];
      if (this.#omit.has(names.join('/')) || isLeftOut(names, entry.isDirectory(), all)) continue;
      await this.#take(join(path, entry.name), names, entry, all);
    }
  }

  async #take(path: string, names: readonly string[], entry: Dirent, rules: readonly Rules[]): Promise<void> {
    try {
      if (entry.isDirectory()) return await this.enter(path, names, rules);
      if (!entry.isFile()) {
        this.skipped.push({ path, why: entry.isSymbolicLink() ? 'a link is never followed' : 'no regular file' });
        return;
      }
      if (this.#tags.has(tagIn(entry.name) ?? '') || (await isUnfinished(path))) {
        this.skipped.push({ path, why: 'a part of an unfinished download' });
        return;
      }
      const { size, mtimeNs } = await lstat(path, { bigint: true });
      this.files.push({ path, place: names.join('/'), sizeBytes: Number(size), modifiedNs: mtimeNs });
    } catch (thrown) {
      const error = ShoalError.from(thrown, 'DISK_ERROR');
      if (error.code === 'ABORTED' || error.code === 'FOLDER_TOO_LARGE') throw error;
      this.skipped.push({ path, why: error.message });
    }
  }

  async #rulesOf(path: string, entries: readonly Dirent[]): Promise<Ignore | undefined> {
    let rules: Ignore | undefined;
    for (const name of RULE_FILES) {
      if (!entries.some((entry) => entry.name === name && entry.isFile())) continue;
      try {
        rules ??= ignore();
        rules.add((await readFileWithin(join(path, name), MAX_RULE_BYTES, { isForeign: true })).toString('utf8'));
      } catch (error) {
        // Without the rules, the walk could share files that the user excluded.
        throw new ShoalError('DISK_ERROR', `Its ${name} cannot be read: ${ShoalError.from(error).message}`, {
          cause: error,
        });
      }
    }
    return rules;
  }
}

/** Applies the rules as git does: inner rules follow outer ones, and the last match decides. */
function isLeftOut(names: readonly string[], isFolder: boolean, all: readonly Rules[]): boolean {
  let isOut = false;
  for (const { depth, rules } of all) {
    const place = names.slice(depth).join('/') + (isFolder ? '/' : '');
    if (!ignore.isPathValid(place)) continue;
    const { ignored, unignored } = rules.test(place);
    if (ignored) isOut = true;
    else if (unignored) isOut = false;
  }
  return isOut;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
