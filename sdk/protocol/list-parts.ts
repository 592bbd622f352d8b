import { MAX_LIST_BYTES } from './limits.js';

/** Bytes that a value takes in a message. */
export function messageBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The first of a list's items, as many as go into one message: `limit` at most, `MAX_LIST_BYTES` as they are written, and one at least. */
export function firstPart<T>(items: readonly T[], limit: number): T[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += messageBytes(item) + 1;
    return index > 0 && (index >= limit || bytes > MAX_LIST_BYTES);
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

/** A list in parts, each of which goes into one message. */
export function* inParts<T>(items: readonly T[], limit: number): Generator<T[]> {
  for (let at = 0; at < items.length; ) {
    const part = firstPart(items.slice(at, at + limit), limit);
    yield part;
    at += part.length;
  }
}
