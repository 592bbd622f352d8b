import { link, readFile, rename, rm } from 'node:fs/promises';
import * as z from 'zod';
import { errnoOf, readFileWithin, replaceFileDurably } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import { LIBRARY, type LibraryContents } from './library-schema.js';
import { encodeLibrary, hasItsDigest } from './library-text.js';

/** Bytes in `library.json`: a damaged one must not take all memory before it is refused, and no larger one is written. */
export const MAX_LIBRARY_BYTES = 256 * 1024 * 1024;

/** What a library's file holds, and whether the one before it had to be taken. */
export interface ReadLibrary {
  readonly contents: LibraryContents;
  /** In words for a log; undefined when all was well. */
  readonly warning?: string;
}

/**
 * Reads what `library.json` holds. Takes memory in proportion to the text, of which 256 MiB are read at most.
 * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_NEWER`
 */
export function parseLibrary(path: string, text: string, digest: 'checked' | 'ignored' = 'checked'): LibraryContents {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(path, error);
  }
  const head = z.object({ version: z.number(), digest: z.unknown().optional() }).safeParse(value);
  if (head.success && head.data.version > 1) {
    throw new ShoalError(
      'DATA_DIR_NEWER',
      `${path} was written by a newer Shoal: update this one, or choose another data folder.`,
    );
  }
  // Version 0.1 wrote no digest.
  if (digest === 'checked' && head.success && head.data.digest !== undefined) {
    if (!hasItsDigest(text)) throw unreadable(path, new Error('its digest does not fit: it was torn or edited'));
  }
  const parsed = LIBRARY.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unreadable(path, parsed.error);
}

/**
 * Reads the library of a data folder. One that is damaged is put aside, and the one before it is taken; where there is none, one that was
 * edited and still reads as a library is taken as it is.
 * @throws ShoalError `DATA_DIR_INVALID` when neither can be read, `DATA_DIR_NEWER`, or the disk's errors
 */
export async function readLibrary(path: string): Promise<ReadLibrary> {
  try {
    const contents = await readAt(path);
    if (contents) return { contents };
  } catch (error) {
    if (!(error instanceof ShoalError) || error.code !== 'DATA_DIR_INVALID') throw error;
    const before = await readAt(previousOf(path)).catch(() => undefined);
    if (!before) {
      const edited = await readAt(path, 'ignored').catch(() => undefined);
      if (!edited) throw error;
      return {
        contents: edited,
        warning: `${path} is not as Shoal wrote it, and nothing else is left: it is used as it is. Look whether all that you share is there.`,
      };
    }
    const aside = `${path}.damaged`;
    await rename(path, aside);
    return {
      contents: before,
      warning: `${path} is damaged and was put aside as ${aside}: what was kept just before is used. Look whether all that you share is there.`,
    };
  }
  const before = await readAt(previousOf(path)).catch(() => undefined);
  if (!before) return { contents: { version: 1, accounts: {} } };
  return { contents: before, warning: `${path} was gone: what was kept just before is used.` };
}

/**
 * Replaces the library in one step, and keeps the one that it replaces.
 * @throws ShoalError `TOO_MANY_SHARES` for one that would not be read again, or the disk's errors
 */
export async function writeLibrary(path: string, contents: LibraryContents): Promise<number> {
  const bytes = encodeLibrary(contents);
  if (bytes.length > MAX_LIBRARY_BYTES) throw tooManyShares();
  await replaceFileDurably(path, bytes, () => keepPrevious(path));
  return bytes.length;
}

export function tooManyShares(): ShoalError {
  return new ShoalError(
    'TOO_MANY_SHARES',
    'This device shares and downloads as much as it can keep track of: stop sharing some, or use another data folder for more.',
  );
}

async function readAt(path: string, digest?: 'ignored'): Promise<LibraryContents | undefined> {
  try {
    return parseLibrary(path, (await readFileWithin(path, MAX_LIBRARY_BYTES)).toString('utf8'), digest);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
}

/** Gives the present file a second name: the folder is synced together with the new file's own name. */
async function keepPrevious(path: string): Promise<void> {
  const previous = previousOf(path);
  const beside = `${previous}.new`;
  try {
    await rm(beside, { force: true });
    await link(path, beside);
    await rename(beside, previous);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return; // the first one
    // A disk that knows no links.
    const text = await readFile(path).catch(() => undefined);
    if (text) await replaceFileDurably(previous, text);
  }
}

function previousOf(path: string): string {
  return `${path}.previous`;
}

function unreadable(path: string, cause: unknown): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} is damaged: restore it from a backup, or move it away with ${previousOf(path)} (shares must then be shared again).`,
    { cause },
  );
}
