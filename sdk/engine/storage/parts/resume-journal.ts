import { close, constants } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { errnoOf, type HeldFolder, NO_FOLLOW, openRegular, writeFully } from '../../../disk/index.js';
import { Bitfield } from '../../../transfer/index.js';

const closeFile = promisify(close);

/**
 * The verified and written pieces of a partial file, in an append-only file beside it.
 *
 * Head: magic u32, piece count u32, manifest id (32 bytes), boot id of the computer (16 bytes), CRC-32 of these.
 * Records of 8 bytes: value u32, CRC-32 of it seeded with the head's. A value below 2^31 is a piece; otherwise the low
 * 31 bits are the number of recorded pieces that have reached the disk. If only the process ended, every record is
 * valid; if the computer restarted, only those that such a mark covers.
 */
const MAGIC = 0x53484a31; // "SHJ1": the format and its version
const HEAD_BYTES = 60;
const HEAD_SUM_AT = 56;
const RECORD_BYTES = 8;
const SYNCED = 0x8000_0000;
/** Records beyond one per piece: marks of syncs, each after several pieces, and pieces that were fetched again. */
const SPARE_RECORDS = 4096;

/** Maximum size of a journal for this many pieces. */
export function mostJournalBytes(pieceCount: number): number {
  return HEAD_BYTES + RECORD_BYTES * (2 * pieceCount + SPARE_RECORDS);
}

export interface JournalKey {
  readonly manifestId: string;
  readonly pieceCount: number;
  /** 32 hexadecimal digits that change with each boot of the computer; all zero if it is unknown. */
  readonly bootId: string;
}

/** The content of a journal. */
export interface JournalContents {
  /** Pieces that need no further check. */
  readonly vouched: Bitfield;
  /** Pieces that were written, but may not have reached the disk. */
  readonly doubtful: Bitfield;
}

/** The content of an empty journal. */
export function nothingFound(pieceCount: number): JournalContents {
  return { vouched: new Bitfield(pieceCount), doubtful: new Bitfield(pieceCount) };
}

/** The manifest id in a journal; undefined if these bytes are not a journal, or a damaged one. */
export function journalledManifest(bytes: Buffer): string | undefined {
  if (bytes.length < HEAD_BYTES || bytes.readUInt32BE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32BE(HEAD_SUM_AT) !== crc32(bytes.subarray(0, HEAD_SUM_AT))) return undefined;
  return bytes.toString('hex', 8, 40);
}

/**
 * Decodes a journal; undefined if it belongs to another file. A torn or damaged end is ignored. If the head is damaged,
 * every piece is doubtful. It reads at most {@link mostJournalBytes}, and uses memory for two bitfields and a number
 * per record.
 */
export function decodeJournal(bytes: Buffer, key: JournalKey): JournalContents | undefined {
  if (journalledManifest(bytes) === undefined) {
    const doubtful = new Bitfield(key.pieceCount);
    doubtful.fill();
    return { vouched: new Bitfield(key.pieceCount), doubtful };
  }
  if (bytes.readUInt32BE(4) !== key.pieceCount || journalledManifest(bytes) !== key.manifestId) return undefined;

  const headSum = bytes.readUInt32BE(HEAD_SUM_AT);
  const { pieces, synced } = decodeRecords(
    bytes.subarray(HEAD_BYTES, mostJournalBytes(key.pieceCount)),
    headSum,
    key.pieceCount,
  );
  const sameStart = !/^0+$/.test(key.bootId) && bytes.toString('hex', 40, HEAD_SUM_AT) === key.bootId;
  const vouched = new Bitfield(key.pieceCount);
  const doubtful = new Bitfield(key.pieceCount);
  for (const [index, piece] of pieces.entries()) {
    if (sameStart || index < synced) vouched.set(piece);
    else if (!vouched.has(piece)) doubtful.set(piece);
  }
  return { vouched, doubtful };
}

function decodeRecords(records: Buffer, headSum: number, pieceCount: number): { pieces: number[]; synced: number } {
  const pieces: number[] = [];
  let synced = 0;
  for (let at = 0; at + RECORD_BYTES <= records.length; at += RECORD_BYTES) {
    const value = records.readUInt32BE(at);
    if (records.readUInt32BE(at + 4) !== crc32(records.subarray(at, at + 4), headSum)) break;
    if (value >= SYNCED) synced = Math.min(value - SYNCED, pieces.length);
    else if (value < pieceCount) pieces.push(value);
  }
  return { pieces, synced };
}

function encodeHead(key: JournalKey): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(MAGIC, 0);
  head.writeUInt32BE(key.pieceCount, 4);
  head.write(key.manifestId, 8, 'hex');
  head.write(key.bootId, 40, 'hex');
  head.writeUInt32BE(crc32(head.subarray(0, HEAD_SUM_AT)), HEAD_SUM_AT);
  return head;
}

/**
 * Appends to a journal in the order of the calls. It writes in the background, because a disk may be slow, and combines
 * what arrives meanwhile.
 */
export class ResumeJournal {
  readonly #fd: number;
  readonly #headSum: number;
  #at: number;
  #recordedPieces: number;
  #waiting: Buffer[] = [];
  #writing: Promise<void> | undefined;
  #error: Error | undefined;

  private constructor(fd: number, headSum: number, at: number, recordedPieces: number) {
    this.#fd = fd;
    this.#headSum = headSum;
    this.#at = at;
    this.#recordedPieces = recordedPieces;
  }

  /**
   * Starts a new journal with the correct pieces, and replaces an existing one atomically.
   * @throws errors of the disk
   */
  static async begin(
    folder: HeldFolder,
    name: string,
    key: JournalKey,
    good: Iterable<number>,
  ): Promise<ResumeJournal> {
    const head = encodeHead(key);
    const headSum = head.readUInt32BE(HEAD_SUM_AT);
    const records = Array.from(good, (piece) => encodeRecord(piece, headSum));
    const bytes = Buffer.concat([head, ...records]);
    const beside = folder.at(`${name}.new`);
    const fd = await openAnew(beside);
    try {
      await writeFully(fd, bytes, 0);
      await rename(beside, folder.at(name));
      return new ResumeJournal(fd, headSum, bytes.length, records.length);
    } catch (error) {
      await closeFile(fd);
      await rm(beside, { force: true });
      throw error;
    }
  }

  /** Number of recorded pieces, including the initial ones. */
  get recordedPieces(): number {
    return this.#recordedPieces;
  }

  /** Records a verified and written piece. @throws the error of an earlier write */
  addPiece(piece: number): void {
    this.#append(piece);
    this.#recordedPieces++;
  }

  /** Records that the first `recordedPieces` recorded pieces have reached the disk. @throws as `addPiece` */
  addSyncMark(recordedPieces: number): void {
    this.#append(SYNCED + recordedPieces);
  }

  /** Resolves when the system has all records. @throws errors of the disk */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#error) throw this.#error;
  }

  async close(): Promise<void> {
    await this.#writing;
    await closeFile(this.#fd);
  }

  #append(value: number): void {
    if (this.#error) throw this.#error;
    this.#waiting.push(encodeRecord(value, this.#headSum));
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      for (let records = this.#take(); records.length > 0; records = this.#take()) {
        await writeFully(this.#fd, records, this.#at);
        this.#at += records.length;
      }
    } catch (error) {
      this.#error = error instanceof Error ? error : new Error(String(error));
    }
    this.#writing = undefined;
  }

  #take(): Buffer {
    const records = Buffer.concat(this.#waiting);
    this.#waiting = [];
    return records;
  }
}

/** Creates the file. It removes an existing one, of a killed process or of another user, instead of writing to it. */
async function openAnew(path: string): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  try {
    return await openRegular(path, flags, 0o600);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
  await rm(path, { force: true });
  return openRegular(path, flags, 0o600);
}

function encodeRecord(value: number, headSum: number): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.writeUInt32BE(value, 0);
  record.writeUInt32BE(crc32(record.subarray(0, 4), headSum), 4);
  return record;
}
