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
 * Which files of a folder are done, only ever appended to: a line for each batch, after its files have reached the disk.
 * A line has the CRC-32 of what follows, eight hexadecimal digits, a space, and the batch as JSON. What is torn at the end
 * is cut off, so that a lost line costs no more than looking at its files again.
 */
const FILE = z.tuple([
  /** The place below the root. */
  z.string(),
  z.string().regex(/^[0-9a-f]{64}$/),
  z.number().int().nonnegative(),
  /** Of the last change, nanoseconds since 1970. */
  z.string().regex(/^-?\d{1,30}$/),
]);
const BATCH = z.array(FILE);
/** What is beyond in a damaged one is looked at again, rather than read into memory: some hundred thousand files. */
const MAX_JOURNAL_BYTES = 128 * 1024 * 1024;

/** A file that is done: where, with what content, and by what it is known to be unchanged. */
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

  /** Opens a journal, or begins one. @throws the disk's errors */
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

  /** Whether anything was done before. */
  get isNew(): boolean {
    return this.#at === 0;
  }

  /** The stamp of the file that was done there with this content: one that has it still was not changed since. */
  stampOf(place: string, manifestId: string): FileStamp | undefined {
    const done = this.#done.get(place);
    return done?.manifestId === manifestId ? done.stamp : undefined;
  }

  /** These files are on the disk. */
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

/** What a journal tells, and how many of its bytes tell it. */
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

/** Undefined as well for a line of another version: its files are looked at again. */
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
