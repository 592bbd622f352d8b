import { crc32 } from 'node:zlib';

/** A line of an append-only journal: the CRC-32 of the JSON in eight hexadecimal digits, a space, the JSON, and a line feed. */
const SUM_CHARACTERS = 8;

/** Encodes JSON as a line with its checksum. */
export function encodeSummedLine(json: string): Buffer {
  return Buffer.from(`${sumOf(json)} ${json}\n`);
}

/**
 * Decodes a line without its line feed; undefined if it is damaged.
 * @param sums `ignored` accepts each well-formed line, whatever its checksum
 */
export function decodeSummedLine(line: Buffer, sums: 'checked' | 'ignored' = 'checked'): unknown {
  const json = line.subarray(SUM_CHARACTERS + 1);
  if (sums === 'checked' && line.toString('latin1', 0, SUM_CHARACTERS + 1) !== `${sumOf(json)} `) return undefined;
  try {
    return JSON.parse(json.toString('utf8'));
  } catch {
    return undefined;
  }
}

function sumOf(json: string | Buffer): string {
  return crc32(json).toString(16).padStart(SUM_CHARACTERS, '0');
}
