import { ShoalError } from '../../../protocol/index.js';

/** Maximum number of shares that a user may add. Downloads beyond it are still served. */
export const MAX_SHARES = 100_000;

export function tooManyShares(): ShoalError {
  return new ShoalError(
    'TOO_MANY_SHARES',
    `This device shares and downloads as much as it can keep track of (${MAX_SHARES} files, or 256 MiB of what is known of them): stop sharing some, or use another data folder for more.`,
  );
}

/** @param previous the earlier file next to it, which must be moved away as well */
export function unreadable(path: string, previous: string, cause: unknown): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} is damaged: restore it from a backup, or move it away with ${previous} (shares must then be shared again).`,
    { cause },
  );
}

export function newer(path: string): ShoalError {
  return new ShoalError(
    'DATA_DIR_NEWER',
    `${path} was written by a newer Shoal: update this one, or choose another data folder.`,
  );
}
