import { errnoOf, readFileWithin } from '../../disk/index.js';
import { ShoalError } from '../../protocol/index.js';
import { unreadable } from './library-errors.js';
import { asideOf } from './library-file.js';
import { type DecodedJournal, decodeJournal, type JournalLine } from './library-journal.js';
import { type LibraryPaths, MAX_LIBRARY_BYTES, previousOf } from './library-paths.js';
import type { Batch } from './library-schema.js';
import { type LibraryJson, readLibraryJson, rescueVersion1 } from './library-v1.js';

/** What the library's files hold, and how far they can be relied on. */
export interface ReadLibrary {
  /** To be applied in this order. */
  readonly lines: readonly JournalLine[];
  readonly journal:
    | { readonly kind: 'whole'; readonly size: number }
    /** A crash tore its last line, which begins there. */
    | { readonly kind: 'torn'; readonly size: number }
    /** Not all of it can be read: what was rescued is to be written in its place, and it is put aside. */
    | { readonly kind: 'damaged' }
    /** There is none that could be gone on with. */
    | { readonly kind: 'none' };
  /** In words for a log; undefined when all was well. */
  readonly warning?: string;
}

/**
 * Reads the library of a data folder. A journal that is damaged costs the lines that are: it is applied to the file that it was made from,
 * which has the records that it began with. A library of version 0.1 counts as long as it stands there, for it is replaced last.
 * @throws ShoalError `DATA_DIR_INVALID` when too little can be read, `DATA_DIR_NEWER`, or the disk's errors
 */
export async function readLibrary(paths: LibraryPaths): Promise<ReadLibrary> {
  const { json, damage } = await readMarker(paths.marker);
  if (json?.kind === 'version 1') return { lines: [lineOf(json.batch)], journal: { kind: 'none' } };
  const journal = await readJournal(paths.journal);
  if (journal?.isWhole && json) {
    const kind = journal.length === journal.size ? 'whole' : 'torn';
    return { lines: journal.lines, journal: { kind, size: journal.length } };
  }
  if (journal?.isWhole) {
    const warning =
      damage && `${paths.marker} is damaged, and ${paths.journal} is as it should be: the one is written anew.`;
    return { lines: journal.lines, journal: { kind: 'none' }, ...(warning !== undefined && { warning }) };
  }
  const previous = await readJournal(previousOf(paths.journal)).catch(() => undefined);
  if (journal) return rescue(paths.journal, journal, previous);
  if (previous?.isWhole) {
    const warning = `${paths.journal} was gone: what was kept just before is used.`;
    return { lines: previous.lines, journal: { kind: 'none' }, warning };
  }
  if (json) throw unreadable(paths.journal, paths.marker, new Error('it is gone'));
  const { batch, warning } = await rescueVersion1(paths.marker, damage);
  return { lines: [lineOf(batch)], journal: { kind: 'none' }, ...(warning !== undefined && { warning }) };
}

async function readMarker(path: string): Promise<{ json?: LibraryJson | undefined; damage?: ShoalError }> {
  try {
    return { json: await readLibraryJson(path) };
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'DATA_DIR_INVALID') return { damage: error };
    throw error;
  }
}

interface Journal extends DecodedJournal {
  /** Bytes of the file. */
  readonly size: number;
}

/** Undefined where there is none. @throws ShoalError `DATA_DIR_NEWER`, or the disk's errors */
async function readJournal(path: string, sums?: 'ignored'): Promise<Journal | undefined> {
  try {
    const bytes = await readFileWithin(path, MAX_LIBRARY_BYTES);
    return { ...decodeJournal(path, bytes, sums), size: bytes.length };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
}

/** What can be read of a damaged journal, upon what it was made from; where that is damaged, too, a journal that was edited is taken as it reads. */
async function rescue(path: string, journal: Journal, previous: Journal | undefined): Promise<ReadLibrary> {
  if (previous?.isWhole) {
    return {
      lines: [...previous.lines, ...journal.lines],
      journal: { kind: 'damaged' },
      warning: `${path} is damaged and was put aside as ${asideOf(path)}: all that could be read of it, and what was kept before, is used. Look whether all that you share is there.`,
    };
  }
  const edited = await readJournal(path, 'ignored');
  if (!edited?.isWhole) throw unreadable(path, previousOf(path), new Error('a line does not have its checksum'));
  return {
    lines: edited.lines,
    journal: { kind: 'damaged' },
    warning: `${path} is not as Shoal wrote it, and nothing else is left: it is used as it is. Look whether all that you share is there.`,
  };
}

/** What was read is in no journal yet, and takes none of its bytes. */
function lineOf(batch: Batch): JournalLine {
  return { batch, bytes: 0 };
}
