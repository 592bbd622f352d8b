import { join } from 'node:path';
import { errnoOf, readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';
import { giveToOwner } from './private-folder.js';

const MARK = z.object({
  /** The move: the database has the same. */
  id: z.string(),
  state: z.enum(['moving', 'moved']),
  /** The address of the database, without its password. */
  to: z.string(),
  /** When the state was written. */
  at: z.iso.datetime(),
});
const MARK_FILE = 'moved.json';
const MAX_MARK_BYTES = 4096;

/** What a data folder says about a move of its tracker into a database: a second tracker with the same key must not start. */
export type MovedMark = z.infer<typeof MARK>;

/** @throws ShoalError `DATA_DIR_INVALID` */
export async function readMark(folder: string): Promise<MovedMark | undefined> {
  const path = markPath(folder);
  try {
    return MARK.parse(JSON.parse((await readFileWithin(path, MAX_MARK_BYTES)).toString('utf8')));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new ShoalError(
      'DATA_DIR_INVALID',
      `${path} cannot be read: it says whether this tracker was moved into a database. Remove it only if it was not, or if all trackers of that database are stopped.`,
      { cause: error },
    );
  }
}

export async function writeMark(folder: string, mark: Omit<MovedMark, 'at'>): Promise<MovedMark> {
  const written: MovedMark = { ...mark, at: new Date().toISOString() };
  await writeFileDurably(markPath(folder), `${JSON.stringify(written, null, 2)}\n`);
  await giveToOwner(folder, MARK_FILE);
  return written;
}

/** @throws ShoalError `DATA_DIR_MOVED`, `DATA_DIR_INVALID` */
export async function refuseMoved(folder: string): Promise<void> {
  const mark = await readMark(folder);
  if (mark) throw isMoved(folder, mark);
}

export function isMoved(folder: string, { state, to, at }: MovedMark): ShoalError {
  const path = markPath(folder);
  const text =
    state === 'moved'
      ? `The tracker in ${folder} was moved into ${to} on ${at}: start it with --store. To go back to the folder as it was then, stop every tracker of that database, and remove ${path}.`
      : `The tracker in ${folder} is on its way into ${to} since ${at}: run shoal-tracker migrate-store again until it ends. To give the move up, remove ${path}, and drop that database.`;
  return new ShoalError('DATA_DIR_MOVED', text);
}

export function markPath(folder: string): string {
  return join(folder, MARK_FILE);
}
