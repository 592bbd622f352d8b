import { isUtf8 } from 'node:buffer';

const BYTE_ORDER_MARK = '\ufeff';
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Decodes the bytes of a text file: UTF-8, or UTF-16 in either byte order, with or without a byte order mark. Returns
 * undefined for everything else, so that nothing is guessed.
 *
 * Without a mark, UTF-16 is recognised only if every second byte is 0. UTF-16 with a character above U+00FF needs a
 * mark, because its bytes may also be a text in another encoding.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const text = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  // a text has no NUL: such bytes are binary, or UTF-32
  return text === undefined || text.includes('\0') ? undefined : text;
}

function decode(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return fromUtf16(bytes.subarray(2), 'little');
  if (first === 0xfe && second === 0xff) return fromUtf16(bytes.subarray(2), 'big');
  if (isZeroEverySecond(bytes, 1)) return fromUtf16(bytes, 'little');
  if (isZeroEverySecond(bytes, 0)) return fromUtf16(bytes, 'big');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function fromUtf16(bytes: Buffer, order: 'little' | 'big'): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const text = (order === 'little' ? bytes : Buffer.from(bytes).swap16()).toString('utf16le');
  return LONE_SURROGATE.test(text) ? undefined : text;
}

function isZeroEverySecond(bytes: Buffer, from: 0 | 1): boolean {
  if (bytes.length === 0 || bytes.length % 2 !== 0) return false;
  for (let index = from; index < bytes.length; index += 2) if (bytes[index] !== 0) return false;
  return true;
}
