import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderTree, isUnfinished } from '../engine/index.js';
import { decodeManifest, ShoalError } from '../protocol/index.js';
import { untilAborted } from './abort.js';
import type { Download } from './download.js';
import type { DownloadKeeper } from './download-keeper.js';
import type { PlacedFile } from './folder-places.js';
import type { FolderTally } from './folder-tally.js';
import type { LibraryFolder } from './library-schema.js';
import { findManifest } from './manifest-lookup.js';
import type { Session } from './session.js';
import type { ShareKeeper } from './share-keeper.js';

export interface FolderLargeParts {
  readonly session: Session;
  readonly shares: ShareKeeper;
  readonly downloads: DownloadKeeper;
  readonly record: LibraryFolder;
  readonly tally: FolderTally;
  /** Given when the folder stops. */
  readonly signal: AbortSignal;
  readonly onProgress: () => void;
}

/** A folder's files of more than one piece: each is a download of its own, which is taken up like any other after a restart. */
export class FolderLarge {
  readonly #parts: FolderLargeParts;
  readonly #tree: FolderTree;
  readonly #underWay = new Set<Download>();
  readonly #givenUp = new AbortController();

  constructor(parts: FolderLargeParts) {
    this.#parts = parts;
    this.#tree = new FolderTree(parts.record.root, 0);
  }

  /** Where a file of the folder is to stand. */
  pathOf({ segments }: PlacedFile): string {
    return join(this.#parts.record.root, ...segments);
  }

  /** Fetches one, or finds it there. @throws ShoalError why it cannot be had, or `ABORTED` */
  async fetch(file: PlacedFile): Promise<void> {
    const { tally, signal } = this.#parts;
    const path = this.#tree.place(file.segments);
    if (await this.#isThere(file, path)) {
      tally.done(file.file.sizeBytes, false);
      return;
    }
    const { groupId, root } = this.#parts.record;
    const options = { signal: this.#givenUp.signal, root };
    const download = this.#parts.downloads.start(groupId, file.file.fileName, path, options);
    this.#underWay.add(download);
    tally.largeBegins(download);
    download.on('progress', this.#parts.onProgress);
    try {
      await untilAborted(download.done, signal);
      this.#underWay.delete(download);
      tally.done(file.file.sizeBytes, false);
    } finally {
      download.off('progress', this.#parts.onProgress);
      tally.largeEnds(download);
    }
  }

  async pause(): Promise<void> {
    await Promise.all(Array.from(this.#underWay, (download) => download.pause()));
  }

  /** Ends those under way, and removes what is there of them. */
  async cancel(): Promise<void> {
    await Promise.all(Array.from(this.#underWay, (download) => download.cancel()));
  }

  /** Ends those under way; what is there of them is kept. */
  giveUp(): void {
    this.#givenUp.abort();
  }

  /** Whether the same file stands there already: it is served on from now. */
  async #isThere(file: PlacedFile, path: string): Promise<boolean> {
    const { session, shares, record, signal } = this.#parts;
    const there = await lstat(path).catch(() => undefined);
    if (!there?.isFile() || there.size !== file.file.sizeBytes || (await isUnfinished(path))) return false;
    const { manifest } = await findManifest(session, record.groupId, file.file, signal);
    const { algorithm, id } = decodeManifest(manifest);
    const hashed = await session.hashes.manifest(path, algorithm, { signal });
    if (decodeManifest(hashed.manifest).id !== id) {
      throw new ShoalError(
        'DESTINATION_EXISTS',
        `${path} is there already, and is another file: move it away, or choose another place.`,
      );
    }
    const { groupId } = record;
    await shares.keepAll([{ groupId, fileName: file.file.fileName, path, manifest, stamp: hashed.stamp }]);
    return true;
  }
}
