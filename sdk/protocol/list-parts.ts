import { MAX_LIST_BYTES } from './limits.js';

/** Bytes of a value in a message. */
export function messageBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The first items of a list that fit into one message: at most `limit` items and `MAX_LIST_BYTES`, but at least one item. */
export function firstPart<T>(items: readonly T[], limit: number): T[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += messageBytes(item) + 1;
    return index > 0 && (index >= limit || bytes > MAX_LIST_BYTES);
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

/** Splits a list into parts that fit into one message each. */
export function* inParts<T>(items: readonly T[], limit: number): Generator<T[]> {
  for (let at = 0; at < items.length; ) {
    const part = firstPart(items.slice(at, at + limit), limit);
    yield part;
    at += part.length;
  }
}
