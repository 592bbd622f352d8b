import type { StreamReader } from './transport.js';

/**
 * Copies received bytes from offset `from` into a reader's own memory. Returns the offset at which the reader paused; the length of `bytes`
 * if it read all.
 */
export function feedReader(reader: Pick<StreamReader, 'nextRead' | 'onRead'>, bytes: Uint8Array, from = 0): FedReader {
  let at = from;
  let readsOn = true;
  while (at < bytes.length && readsOn) {
    const target = reader.nextRead();
    const count = Math.min(target.length, bytes.length - at);
    target.set(bytes.subarray(at, at + count));
    at += count;
    readsOn = reader.onRead(count);
  }
  return { at, readsOn };
}

export interface FedReader {
  /** The offset of the first byte that was not read. */
  readonly at: number;
  /** Whether the reader continues to read. */
  readonly readsOn: boolean;
}
