import { ShoalError } from '../../protocol/index.js';

/** What a client keeps to. Undefined: no limit. */
export interface Limits {
  /** Bytes a second that all downloads together fetch: file data, without what the network adds. 1,000 at least. */
  readonly downloadBytesPerSecond: number | undefined;
  /** Bytes a second that all others together are served. 1,000 at least. */
  readonly uploadBytesPerSecond: number | undefined;
  /** Downloads under way, a folder being one; others wait in the queue. Downloads without progress do not count. Default 5. */
  readonly downloadsAtOnce: number | undefined;
}

/** Limits to be set: 0 and undefined lift one, and one that is left out stays as it is. */
export type LimitChanges = { readonly [Name in keyof Limits]?: Limits[Name] | undefined };

export const DEFAULT_LIMITS: Limits = {
  downloadBytesPerSecond: undefined,
  uploadBytesPerSecond: undefined,
  downloadsAtOnce: 5,
};

/** The slowest that a limit may be. Slower, and who waits for the next block would take its source for stalled. */
export const MIN_BYTES_PER_SECOND = 1000;

/** The limits with changes made to them. @throws ShoalError `INVALID_ARGUMENT` */
export function changeLimits(limits: Limits, changes: LimitChanges): Limits {
  const changed = { ...limits, ...changes };
  return {
    downloadBytesPerSecond: checkRate('downloadBytesPerSecond', changed.downloadBytesPerSecond),
    uploadBytesPerSecond: checkRate('uploadBytesPerSecond', changed.uploadBytesPerSecond),
    downloadsAtOnce: checkCount('downloadsAtOnce', changed.downloadsAtOnce),
  };
}

export function checkRate(name: string, bytesPerSecond: number | undefined): number | undefined {
  if (bytesPerSecond === undefined || bytesPerSecond === 0) return undefined;
  if (bytesPerSecond >= MIN_BYTES_PER_SECOND && bytesPerSecond <= Number.MAX_SAFE_INTEGER) return bytesPerSecond;
  throw new ShoalError(
    'INVALID_ARGUMENT',
    `${name} is ${bytesPerSecond}: give bytes per second, ${MIN_BYTES_PER_SECOND} or more, or 0 for no limit.`,
  );
}

function checkCount(name: string, count: number | undefined): number | undefined {
  if (count === undefined || count === 0) return undefined;
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new ShoalError('INVALID_ARGUMENT', `${name} is ${count}: give a whole number, or 0 for no limit.`);
}
