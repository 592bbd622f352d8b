import { ShoalError } from '../../protocol/index.js';

/** Limits of a client. An undefined limit does not apply. */
export interface Limits {
  /** Rate of all downloads together in bytes per second, 1,000 or more. It counts file data, without the overhead of the network. */
  readonly downloadBytesPerSecond: number | undefined;
  /** Rate of all uploads together in bytes per second, 1,000 or more. It counts file data, without the overhead of the network. */
  readonly uploadBytesPerSecond: number | undefined;
  /** Number of downloads that run at once, a folder being one; the others are `queued`. Downloads without progress do not count. Default 5. */
  readonly downloadsAtOnce: number | undefined;
}

/** Changes of limits, for `setLimits`. 0 and undefined remove a limit; an omitted limit stays as it is. */
export type LimitChanges = { readonly [Name in keyof Limits]?: Limits[Name] | undefined };

export const DEFAULT_LIMITS: Limits = {
  downloadBytesPerSecond: undefined,
  uploadBytesPerSecond: undefined,
  downloadsAtOnce: 5,
};

/** The lowest rate limit, in bytes per second. At a lower rate, a peer that waits for its next block would consider the source stalled. */
export const MIN_BYTES_PER_SECOND = 1000;

/** Applies changes to limits. @throws ShoalError `INVALID_ARGUMENT` */
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
