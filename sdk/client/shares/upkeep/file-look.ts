import { closeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, type FileStamp, openRegular } from '../../../disk/index.js';
import type { HashPool } from '../../../engine/index.js';
import { ShoalError } from '../../../protocol/index.js';
import { SecretFolders, WHY_SECRET } from '../../selection/secret-folder.js';

/** What a look at a path found. */
export type Look =
  | { readonly kind: 'there'; readonly stamp: FileStamp }
  | { readonly kind: 'secret'; readonly why: string }
  /** `place`: the topmost path that is missing. */
  | { readonly kind: 'missing'; readonly why: string; readonly place: string }
  | { readonly kind: 'unreadable'; readonly why: string };

export type NotThere = Exclude<Look, { kind: 'there' }>;

/** Codes which show that no file is at a path. */
const NO_FILE: ReadonlySet<string> = new Set(['PATH_NOT_FOUND', 'NOT_A_FILE']);

/**
 * Looks at many files. It examines the folders above only once, so that thousands of files on a missing disk cost one
 * call each folder.
 */
export class FileLooks {
  readonly #hashes: HashPool;
  readonly #secrets = new SecretFolders();
  /** The topmost missing path of each missing folder. */
  readonly #missing = new Map<string, string>();

  constructor(hashes: HashPool) {
    this.#hashes = hashes;
  }

  /** @param isProbed whether the file is opened too: a permission or the disk may forbid what `stat` allows */
  async at(path: string, isProbed: boolean): Promise<Look> {
    const folder = dirname(path);
    const place = this.#missing.get(folder);
    if (place !== undefined) return missingFolder(place);
    try {
      const stamp = await this.#hashes.stamp(path); // first: it fails if the disk does not respond
      if (await this.#secrets.holdsFile(path)) return { kind: 'secret', why: `${path} is in ${WHY_SECRET}.` };
      if (isProbed && !this.#hashes.isAway(path)) closeSync(await openRegular(path));
      return { kind: 'there', stamp };
    } catch (thrown) {
      const error = ShoalError.from(thrown, 'DISK_ERROR');
      if (!NO_FILE.has(error.code)) return { kind: 'unreadable', why: error.message };
      return this.#whyMissing(path, error);
    }
  }

  /** The reason why an error of a file's content means that it cannot be had. */
  async after(path: string, error: ShoalError): Promise<NotThere> {
    if (!NO_FILE.has(error.code)) return { kind: 'unreadable', why: error.message };
    return this.#whyMissing(path, error);
  }

  async #whyMissing(path: string, { code, message }: ShoalError): Promise<NotThere> {
    if (code === 'NOT_A_FILE') return { kind: 'missing', why: message, place: path };
    const folder = dirname(path);
    if (await isThere(this.#hashes, folder)) {
      return { kind: 'missing', why: `${path} is not there: it was moved, renamed or deleted.`, place: path };
    }
    let place = folder;
    for (let above = dirname(folder); above !== place; above = dirname(above)) {
      if (await isThere(this.#hashes, above)) break;
      place = above;
    }
    this.#missing.set(folder, place);
    return missingFolder(place);
  }
}

function missingFolder(place: string): NotThere {
  const why = `The folder ${place} is not there: it was moved or deleted, or its disk is not connected.`;
  return { kind: 'missing', why, place };
}

/** Whether something is at a path. A disk that does not answer counts as absent. */
export async function isThere(hashes: HashPool, path: string): Promise<boolean> {
  if (!hashes.isAway(path)) {
    return stat(path).then(
      () => true,
      (error: unknown) => errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR',
    );
  }
  return hashes.stamp(path).then(
    () => true,
    (error: unknown) => ShoalError.from(error).code === 'NOT_A_FILE',
  );
}
