import { close, constants, fstat } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf, HeldFolder, isOwnFile, NO_FOLLOW, openRegular, readStart } from '../../../disk/index.js';
import { type Manifest, ShoalError } from '../../../protocol/index.js';
import { journalNameOf, nameBehind, partNamesOf } from './part-names.js';
import {
  decodeJournal,
  type JournalContents,
  type JournalKey,
  journalledManifest,
  mostJournalBytes,
  nothingFound,
  ResumeJournal,
} from './resume-journal.js';

const [closeFile, statFile] = [promisify(close), promisify(fstat)];

/** What is at a possible place of a partial file. */
type Standing =
  /** The partial file of an earlier run. */
  | { readonly kind: 'ours'; readonly name: string; readonly fd: number; readonly found: JournalContents }
  /** Nothing: a partial file can be created there. */
  | { readonly kind: 'free'; readonly name: string; readonly hasJournal: boolean }
  /** Something else, or a file of another user: it is not touched. */
  | { readonly kind: 'taken'; readonly name: string };

/** The block size of `stat`, whatever the disk's blocks are. */
const STAT_BLOCK_BYTES = 512;

/** Errors that mean that there is no file to resume: nothing, a link, a pipe, or no access. */
const NOTHING_TO_TAKE_UP: ReadonlySet<string> = new Set(['ENOENT', 'ELOOP', 'EACCES', 'EPERM', 'NOT_A_FILE', 'EISDIR']);

/** Opens the folder of a destination. No link is followed below `root`, the folder of a folder download. */
export async function holdFolderOf(finalPath: string, root: string | undefined): Promise<HeldFolder> {
  const path = dirname(finalPath);
  if (root === undefined) return HeldFolder.open(path);
  let folder = await HeldFolder.open(dirname(root));
  for (const name of relative(dirname(root), path).split(sep)) {
    const above = folder;
    try {
      folder = await above.enter(name);
    } finally {
      await above.close();
    }
  }
  return folder;
}

/** Examines one possible place of a partial file. @throws errors of the disk */
async function lookAt(folder: HeldFolder, name: string, manifest: Manifest, key: JournalKey): Promise<Standing> {
  const journal = await readOwn(folder, journalNameOf(name), mostJournalBytes(manifest.pieceCount));
  const part = await openOwn(folder, name, constants.O_RDWR);
  if (typeof part === 'number') {
    const found = journal instanceof Buffer ? decodeJournal(journal, key) : undefined;
    // If the head is damaged, only the size shows that the journal belongs to this file.
    const isKnown = found && (isJournal(journal) || (await statFile(part)).size === manifest.sizeBytes);
    if (isKnown) return { kind: 'ours', name, fd: part, found };
    await closeFile(part);
    return { kind: 'taken', name };
  }
  const isFree = part === 'nothing' && (journal === 'nothing' || (isJournal(journal) && decodeJournal(journal, key)));
  return isFree ? { kind: 'free', name, hasJournal: journal !== 'nothing' } : { kind: 'taken', name };
}

/**
 * Creates the partial file; undefined if something appeared there, or the disk does not accept the name. @throws errors
 * of the disk
 */
async function makePart(folder: HeldFolder, name: string): Promise<number | undefined> {
  try {
    return await openRegular(folder.at(name), constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}

/** An open partial file. */
export interface OpenedPart {
  readonly name: string;
  readonly fd: number;
  readonly found: JournalContents;
}

/** Opens the partial file of an earlier run, or a new one at the first free place. */
export async function openPart(
  folder: HeldFolder,
  finalPath: string,
  manifest: Manifest,
  key: JournalKey,
  isReal: (path: string) => boolean,
): Promise<OpenedPart> {
  const names = partNamesOf(basename(finalPath), manifest.id);
  const free: { name: string; hasJournal: boolean }[] = [];
  for (const name of names) {
    if (isReal(join(folder.path, name))) continue;
    const standing = await lookAt(folder, name, manifest, key);
    if (standing.kind === 'ours') return standing;
    if (standing.kind === 'free') free.push(standing);
  }
  for (const { name, hasJournal } of free) {
    const fd = await openNew(folder, name, key, hasJournal);
    if (fd !== undefined) return { name, fd, found: nothingFound(manifest.pieceCount) };
  }
  throw inTheWay(finalPath, names);
}

/**
 * Creates the journal first: after a crash, a partial file without a journal would look like another program's file.
 */
async function openNew(
  folder: HeldFolder,
  name: string,
  key: JournalKey,
  hasJournal: boolean,
): Promise<number | undefined> {
  const journalName = journalNameOf(name);
  if (!hasJournal) await (await ResumeJournal.begin(folder, journalName, key, [])).close();
  let fd: number | undefined;
  try {
    fd = await makePart(folder, name);
    return fd;
  } finally {
    if (fd === undefined && !hasJournal) await rm(folder.at(journalName), { force: true });
  }
}

/** Renames a partial file and its journal. */
export async function movePart(folder: HeldFolder, from: string, to: string): Promise<void> {
  await rename(folder.at(journalNameOf(from)), folder.at(journalNameOf(to)));
  await rename(folder.at(from), folder.at(to)).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error; // it was never begun
  });
}

/** Removes the partial file of an unfinished download. Unknown files are left alone. */
export async function removePartial(finalPath: string, manifestId: string): Promise<void> {
  await forEachPartial(finalPath, manifestId, async (folder, name) => {
    await rm(folder.at(name), { force: true });
    await rm(folder.at(journalNameOf(name)), { force: true });
  });
}

/** Disk usage of an unfinished download, whatever its content. */
export async function partialBytes(finalPath: string, manifestId: string): Promise<number> {
  let bytes = 0;
  await forEachPartial(finalPath, manifestId, async (folder, name) => {
    const { blocks = 0 } = (await lstat(folder.at(name)).catch(() => undefined)) ?? {};
    bytes = Math.max(bytes, blocks * STAT_BLOCK_BYTES);
  });
  return bytes;
}

async function forEachPartial(
  finalPath: string,
  manifestId: string,
  act: (folder: HeldFolder, name: string) => Promise<void>,
): Promise<void> {
  const folder = await HeldFolder.open(dirname(finalPath)).catch(() => undefined);
  if (!folder) return; // so there is nothing in it
  try {
    for (const name of partNamesOf(basename(finalPath), manifestId))
      if (journalledManifest(await startOf(folder, journalNameOf(name))) === manifestId) await act(folder, name);
  } finally {
    await folder.close();
  }
}

/** Whether a file belongs to an unfinished download: a partial file, its journal, or a temporary one. */
export async function isUnfinished(path: string): Promise<boolean> {
  const name = basename(path);
  const mayBeJournal = /\.part\.journal(?:\.new)?$/.test(name);
  if (!mayBeJournal && nameBehind(name) === undefined) return false;
  const folder = await HeldFolder.open(dirname(path));
  try {
    return isJournal(await startOf(folder, mayBeJournal ? name : journalNameOf(name)));
  } finally {
    await folder.close();
  }
}

/**
 * Where to move a partial file without a tag for a real file of its name; undefined if the file is not a partial file.
 */
export async function placeAside(folder: HeldFolder, name: string): Promise<string | undefined> {
  const behind = nameBehind(name);
  const manifestId = behind && journalledManifest(await startOf(folder, journalNameOf(name)));
  const aside = behind && manifestId && partNamesOf(behind, manifestId).at(-1);
  return aside && aside !== name ? aside : undefined;
}

function inTheWay(finalPath: string, names: readonly string[]): ShoalError {
  const paths = names.map((name) => join(dirname(finalPath), name)).join(' and ');
  return new ShoalError(
    'DESTINATION_EXISTS',
    `${paths} ${names.length > 1 ? 'hold' : 'holds'} other data: move it away, or download to another place.`,
  );
}

/** Reads the journal of an open partial file. @throws errors of the disk */
export async function readJournal(folder: HeldFolder, name: string, pieceCount: number): Promise<Buffer> {
  const bytes = await readOwn(folder, journalNameOf(name), mostJournalBytes(pieceCount));
  return bytes instanceof Buffer ? bytes : Buffer.alloc(0);
}

function isJournal(bytes: Buffer | 'nothing' | 'other'): bytes is Buffer {
  return bytes instanceof Buffer && journalledManifest(bytes) !== undefined;
}

async function startOf(folder: HeldFolder, name: string): Promise<Buffer> {
  const bytes = await readOwn(folder, name, mostJournalBytes(0));
  return bytes instanceof Buffer ? bytes : Buffer.alloc(0);
}

async function readOwn(folder: HeldFolder, name: string, mostBytes: number): Promise<Buffer | 'nothing' | 'other'> {
  const fd = await openOwn(folder, name, constants.O_RDONLY);
  if (typeof fd !== 'number') return fd;
  try {
    return await readStart(fd, mostBytes);
  } finally {
    await closeFile(fd);
  }
}

/** Opens a file if it belongs only to this user. @throws errors of the disk */
async function openOwn(folder: HeldFolder, name: string, flags: number): Promise<number | 'nothing' | 'other'> {
  let fd: number;
  try {
    fd = await openRegular(folder.at(name), flags | NO_FOLLOW);
  } catch (error) {
    const code = errnoOf(error) ?? '';
    if (code === 'ENOENT' || code === 'ENAMETOOLONG') return 'nothing';
    if (NOTHING_TO_TAKE_UP.has(code)) return 'other';
    throw error;
  }
  const isOwn = await statFile(fd, { bigint: true })
    .then((stats) => isOwnFile(stats, folder))
    .catch(() => false);
  if (isOwn) return fd;
  await closeFile(fd);
  return 'other';
}
