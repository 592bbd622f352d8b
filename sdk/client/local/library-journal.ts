import * as z from 'zod';
import { decodeSummedLine, encodeSummedLine } from '../../disk/index.js';
import { newer } from './library-errors.js';
import { BATCH, type Batch, type Change } from './library-schema.js';

/**
 * `library.journal`: a line is the CRC-32 of what follows, eight hexadecimal digits, a space, and JSON. The first line is the head; the next
 * ones, as many as it says, are the records as they were when the file was begun; each further line has the changes of one write. A line is
 * on the disk before the next one is written, so that a crash tears the last one at most.
 */
const HEAD = z.object({ version: z.literal(2), lines: z.number().int().nonnegative() });
const VERSIONED = z.object({ version: z.number() });
const VERSION = 2;
/** Records of a line that a file begins with. */
const LINE_RECORDS = 256;
/** Lines that are encoded before other work of the thread gets its turn. */
const LINES_AT_ONCE = 8;

/** What a line holds, and how many bytes it has. */
export interface JournalLine {
  readonly batch: Batch;
  readonly bytes: number;
}

export interface DecodedJournal {
  readonly lines: readonly JournalLine[];
  /** Whether the head, all lines that it announces, and all further ones are as they were written. A last line without its end does not count. */
  readonly isWhole: boolean;
  /** Bytes up to the end of the last line; beyond is what a crash tore. */
  readonly length: number;
}

/**
 * Reads a journal, and passes over the lines that are damaged.
 * @param sums `ignored`: takes each line that reads as one, whatever its checksum
 * @throws ShoalError `DATA_DIR_NEWER`
 */
export function decodeJournal(path: string, bytes: Buffer, sums: 'checked' | 'ignored' = 'checked'): DecodedJournal {
  const lines: JournalLine[] = [];
  let announced: number | undefined;
  let isDamaged = false;
  let length = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', length)) {
    const value = decodeSummedLine(bytes.subarray(length, end), sums);
    if (length === 0) announced = parseHead(path, value);
    else {
      const parsed = BATCH.safeParse(value);
      if (parsed.success) lines.push({ batch: parsed.data, bytes: end + 1 - length });
      else isDamaged = true;
    }
    length = end + 1;
  }
  const isWhole = announced !== undefined && !isDamaged && lines.length >= announced;
  return { lines, isWhole, length };
}

function parseHead(path: string, value: unknown): number | undefined {
  const versioned = VERSIONED.safeParse(value);
  if (versioned.success && versioned.data.version > VERSION) throw newer(path);
  const head = HEAD.safeParse(value);
  return head.success ? head.data.lines : undefined;
}

/** A line with the changes of one step; `onEncoded` hears the bytes of each. */
export function encodeBatch(batch: Batch, onEncoded: (change: Change, bytes: number) => void): Buffer {
  const accounts = batch.map(([account, changes]) => {
    const texts = changes.map((change) => {
      const text = JSON.stringify(change);
      onEncoded(change, Buffer.byteLength(text));
      return text;
    });
    return `[${JSON.stringify(account)},[${texts.join()}]]`;
  });
  return encodeSummedLine(`[${accounts.join()}]`);
}

/** A journal that begins with these records. Other work of the thread gets its turn meanwhile: what changes by then has to be a later line, too. */
export async function encodeJournal(
  records: Batch,
  onEncoded: (change: Change, bytes: number) => void,
): Promise<Buffer> {
  const parts = records.flatMap(([account, changes]) => {
    const count = Math.ceil(changes.length / LINE_RECORDS);
    return Array.from({ length: count }, (_none, at): Batch => {
      return [[account, changes.slice(at * LINE_RECORDS, (at + 1) * LINE_RECORDS)]];
    });
  });
  const lines = [encodeSummedLine(JSON.stringify({ version: VERSION, lines: parts.length }))];
  for (const [index, part] of parts.entries()) {
    lines.push(encodeBatch(part, onEncoded));
    if (index % LINES_AT_ONCE === LINES_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return Buffer.concat(lines);
}
