import { errnoOf, readFileWithin } from '../../../disk/index.js';
import { ShoalError } from '../../../protocol/index.js';
import { unreadable } from '../records/library-errors.js';
import { type LibraryPaths, MAX_LIBRARY_BYTES, previousOf } from '../records/library-paths.js';
import type { Batch } from '../records/library-schema.js';
import { asideOf } from './library-file.js';
import { type DecodedJournal, decodeJournal, type JournalLine } from './library-journal.js';
import { type LibraryJson, readLibraryJson, rescueVersion1 } from './library-v1.js';

/** The content of the library's files, and their condition. */
export interface ReadLibrary {
  /** In the order in which they apply. */
  readonly lines: readonly JournalLine[];
  readonly journal:
    | { readonly kind: 'whole'; readonly size: number }
    /** A crash left an incomplete last line at this offset. */
    | { readonly kind: 'torn'; readonly size: number }
    /** Partly unreadable: it must be kept aside, and replaced by the rescued records. */
    | { readonly kind: 'damaged' }
    /** No usable journal exists. */
    | { readonly kind: 'none' };
  /** A message for the log; undefined if nothing is wrong. */
  readonly warning?: string;
}

/**
 * Reads the library of a data folder. A damaged journal loses only its damaged lines: the others are applied to the
 * previous journal, which contains its initial records. A library of version 0.1 is valid while it exists, because it
 * is replaced last.
 * @throws ShoalError `DATA_DIR_INVALID` if too little can be read, `DATA_DIR_NEWER`, or the disk's errors
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
  /** Size of the file in bytes. */
  readonly size: number;
}

/** @returns undefined if the file does not exist @throws ShoalError `DATA_DIR_NEWER`, or the disk's errors */
async function readJournal(path: string, sums?: 'ignored'): Promise<Journal | undefined> {
  try {
    const bytes = await readFileWithin(path, MAX_LIBRARY_BYTES);
    return { ...decodeJournal(path, bytes, sums), size: bytes.length };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
}

/**
 * Applies the readable lines of a damaged journal to the previous journal. If that is damaged too, an edited journal is
 * read without its checksums.
 */
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

/** A batch that no journal contains yet, and so with a size of 0. */
function lineOf(batch: Batch): JournalLine {
  return { batch, bytes: 0 };
}
