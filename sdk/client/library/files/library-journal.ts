import * as z from 'zod';
import { decodeSummedLine, encodeSummedLine } from '../../../disk/index.js';
import { newer } from '../records/library-errors.js';
import { BATCH, type Batch, type Change } from '../records/library-schema.js';

/**
 * `library.journal`: each line is the CRC-32 of the rest in eight hexadecimal digits, a space, and JSON. The first line
 * is the head, with the number of initial lines. The initial lines contain the records at the creation of the file.
 * Each further line contains the changes of one write. A line is on the disk before the next one is written, so that a
 * crash damages only the last.
 */
const HEAD = z.object({ version: z.literal(2), lines: z.number().int().nonnegative() });
const VERSIONED = z.object({ version: z.number() });
const VERSION = 2;
/** Records in an initial line. */
const LINE_RECORDS = 256;
/** Lines that are encoded before the event loop continues. */
const LINES_AT_ONCE = 8;

/** The content of a line, and its size in bytes. */
export interface JournalLine {
  readonly batch: Batch;
  readonly bytes: number;
}

export interface DecodedJournal {
  readonly lines: readonly JournalLine[];
  /** Whether the head, all announced lines and all further lines are intact. An incomplete last line does not count. */
  readonly isWhole: boolean;
  /** Offset after the last complete line. A crash left the bytes beyond it. */
  readonly length: number;
}

/**
 * Decodes a journal, without its damaged lines.
 * @param sums `ignored` accepts lines with a wrong checksum if they are valid otherwise
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

/** A line with the changes of one write. `onEncoded` receives the size of each in bytes. */
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

/** A journal with these records. The event loop runs meanwhile, so changes in that time must be appended later. */
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
