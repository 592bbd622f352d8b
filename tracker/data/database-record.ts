import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, readFileWithin, writeFileDurably } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';

/** What a folder says of its database, so that one that was lost is not taken for one that never was. */
const RECORD = z.object({ closed: z.boolean() });
const RECORD_FILE = 'database.json';
const MAX_RECORD_BYTES = 4096;

/** What is made only after the database, so that it tells of one. */
const MADE_AFTER = ['identity.json', 'ticket-key.json'];

/** Notes whether the tracker has ended in order: only then the log of the database may be missing. */
export async function recordDatabase(folder: string, closed: boolean): Promise<void> {
  await writeFileDurably(join(folder, RECORD_FILE), `${JSON.stringify({ closed })}\n`);
}

/**
 * Looks whether what a folder says that it holds is there, and may be read and written; whether there is to be a database.
 * @throws ShoalError `DATA_DIR_INVALID` when it is lost, `PERMISSION_DENIED`
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
    return { closed: true }; // damaged: there was a database, and no more is known
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

/** Undefined where there is none. */
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
