import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';
import { giveToOwner } from './private-folder.js';
import { IDENTITY_FILE, TICKET_KEY_FILE } from './tracker-keys.js';

/** The folder's record of its database, so that a lost database is not mistaken for a new one. */
const RECORD = z.object({ closed: z.boolean() });
const RECORD_FILE = 'database.json';
const MAX_RECORD_BYTES = 4096;

/** Files that are created only after the database, and so prove that it existed. */
const MADE_AFTER = [IDENTITY_FILE, TICKET_KEY_FILE];

/** Records whether the tracker ended in order. Only then may the log of the database be missing. */
export async function recordDatabase(folder: string, closed: boolean): Promise<void> {
  await writeFileDurably(join(folder, RECORD_FILE), `${JSON.stringify({ closed })}\n`);
  await giveToOwner(folder, RECORD_FILE);
}

/**
 * Checks that the recorded database exists and can be read and written. Returns whether a database is expected.
 * @throws ShoalError `DATA_DIR_INVALID` if it is lost, `PERMISSION_DENIED`
 */
export async function checkDatabase(folder: string, databasePath: string): Promise<boolean> {
  const record = await readRecord(join(folder, RECORD_FILE));
  const traces = await Promise.all(
    [...MADE_AFTER.map((name) => join(folder, name)), `${databasePath}-wal`].map(sizeOf),
  );
  const isExpected = record !== undefined || traces.some((size) => size !== undefined);
  const size = await sizeOf(databasePath);
  if (isExpected && !size) throw lost(databasePath, size === undefined ? 'gone' : 'empty');
  if (record && !record.closed && (await sizeOf(`${databasePath}-wal`)) === undefined)
    throw lost(
      `${databasePath}-wal`,
      'gone',
      `; only if you replaced ${databasePath} on purpose, remove ${join(folder, RECORD_FILE)} and start again`,
    );
  for (const path of ['', '-wal', '-shm'].map((end) => databasePath + end)) await checkAccess(path);
  return isExpected;
}

async function readRecord(path: string): Promise<z.infer<typeof RECORD> | undefined> {
  const text = await readFileWithin(path, MAX_RECORD_BYTES).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  });
  if (text === undefined) return undefined;
  try {
    return RECORD.parse(JSON.parse(text.toString('utf8')));
  } catch {
    return { closed: true }; // damaged: a database existed, and nothing else is known
  }
}

async function checkAccess(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw new ShoalError(
      'PERMISSION_DENIED',
      `The tracker's user cannot read and write ${path}: change its owner, or mount its disk for writing.`,
      { cause: error },
    );
  }
}

/** The size of a file; undefined if it does not exist. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw ShoalError.from(error, 'DATA_DIR_INVALID');
  }
}

function lost(path: string, how: string, otherwise = ''): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${path} is ${how}, and this folder had a database: restore the folder from a backup, or start with another data folder${otherwise}.`,
  );
}
