import { closeSync, constants, ftruncateSync } from 'node:fs';
import * as z from 'zod';
import {
  decodeSummedLine,
  encodeSummedLine,
  errnoOf,
  type FileStamp,
  NO_FOLLOW,
  openRegularSync,
  readStartSync,
  writeFullySync,
} from '../../disk/index.js';

/**
 * The append-only record of a folder's complete files: one line per batch, written after its files are on the disk. A line is the CRC-32 of
 * the rest as eight hexadecimal digits, a space, and the batch as JSON. Opening cuts off a torn last line: its files are then only looked
 * up again.
 */
const FILE = z.tuple([
  /** Path below the root. */
  z.string(),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.number().int().nonnegative(),
  /** Time of the last change, in nanoseconds since 1970. */
  z.string().regex(/^-?\d{1,30}$/),
]);
const BATCH = z.array(FILE);
/** Limit for a damaged journal, enough for some hundred thousand files. Files recorded after it are looked up again. */
const MAX_JOURNAL_BYTES = 128 * 1024 * 1024;

/** A complete file: its path, its content, and the stamp that shows whether it is unchanged. */
export interface DoneFile {
  readonly place: string;
  readonly manifestId: string;
  readonly stamp: FileStamp;
}

export class FolderJournal {
  readonly #fd: number;
  readonly #done: Map<string, DoneFile>;
  #at: number;

  private constructor(fd: number, done: Map<string, DoneFile>, at: number) {
    this.#fd = fd;
    this.#done = done;
    this.#at = at;
  }

  /** Opens or creates a journal. @throws the disk's errors */
  static open(path: string): FolderJournal {
    const there = readIfThere(path);
    const { done, length } = decodeFolderJournal(there ?? Buffer.alloc(0));
    const flags = constants.O_RDWR | NO_FOLLOW | (there ? 0 : constants.O_CREAT | constants.O_EXCL);
    const fd = openRegularSync(path, flags, 0o600);
    try {
      ftruncateSync(fd, length);
      return new FolderJournal(fd, new Map(done.map((file) => [file.place, file])), length);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** Whether the journal has no entries. */
  get isNew(): boolean {
    return this.#at === 0;
  }

  /** The recorded stamp of a file with this content. A file that still has it is unchanged. */
  stampOf(place: string, manifestId: string): FileStamp | undefined {
    const done = this.#done.get(place);
    return done?.manifestId === manifestId ? done.stamp : undefined;
  }

  /** Records files that are on the disk. */
  add(files: readonly DoneFile[]): void {
    const batch = files.map(({ place, manifestId, stamp }): z.infer<typeof FILE> => {
      return [place, manifestId, stamp.sizeBytes, String(stamp.modifiedNs)];
    });
    const line = encodeSummedLine(JSON.stringify(batch));
    writeFullySync(this.#fd, line, this.#at);
    this.#at += line.length;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** The valid entries of a journal, and their length in bytes. */
export function decodeFolderJournal(bytes: Buffer): { done: DoneFile[]; length: number } {
  const done: DoneFile[] = [];
  let length = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', length)) {
    const batch = decodeLine(bytes.subarray(length, end));
    if (!batch) break;
    for (const [place, manifestId, sizeBytes, modifiedNs] of batch)
      done.push({ place, manifestId, stamp: { sizeBytes, modifiedNs: BigInt(modifiedNs) } });
    length = end + 1;
  }
  return { done, length };
}

/** Undefined also for a line of another version: its files are looked up again. */
function decodeLine(line: Buffer): z.infer<typeof BATCH> | undefined {
  return BATCH.safeParse(decodeSummedLine(line)).data;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readStartSync(path, MAX_JOURNAL_BYTES);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
