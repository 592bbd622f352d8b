import { parseKept } from '@shoal/sdk/disk';
import { readTlsIdentity } from '@shoal/sdk/identity';
import { ShoalError } from '@shoal/sdk/protocol';
import { Kysely, PostgresDialect } from 'kysely';
import type { MoveRecord } from '../data/move-record.js';
import { isMoved, markPath } from '../data/moved-mark.js';
import { IDENTITY, WHEN_LOST } from '../data/tracker-keys.js';
import { openPostgres } from '../store/postgres/open-postgres.js';
import { ConnectionPool } from '../store/postgres/pool.js';
import { parsePostgresUrl } from '../store/postgres/postgres-url.js';
import { Primary } from '../store/postgres/primary.js';
import type { Tables } from '../store/sql/tables.js';
import type { FolderToMove } from './folder-to-move.js';
import { TargetRows } from './target-rows.js';

/** Opens a database for a move, and makes its tables. @throws ShoalError as `openPostgresStore` */
export async function openTargetRows(url: string): Promise<TargetRows> {
  const place = parsePostgresUrl(url);
  const primary = new Primary(place);
  await openPostgres(place, { primary });
  const pool = new ConnectionPool(place, primary, { away: () => {}, back: () => {} }); // the step under way says so
  return new TargetRows(new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }), place.shown);
}

/**
 * The record of the move of this folder into the database; undefined if the database is empty.
 * @throws ShoalError `DATA_DIR_INVALID`, `DATA_DIR_MOVED` if it has something else
 */
export async function findRecord(
  { path, mark, fingerprint }: FolderToMove,
  target: TargetRows,
): Promise<MoveRecord | undefined> {
  const { shown } = target;
  const record = await target.record();
  if (record && record.id === mark?.id) return record;
  if (mark?.state === 'moved' && mark.to !== shown) throw isMoved(path, mark);
  if (mark?.state === 'moved')
    throw unfit(
      `${shown} has not what was moved there on ${mark.at}: restore its backup. To move the folder again as it was then, remove ${markPath(path)}, and run the command again.`,
    );
  const identity = (await target.keys()).get(IDENTITY);
  if (identity === undefined) {
    const table = await target.tableInUse();
    if (table === undefined) return undefined;
    throw unfit(`${shown} has rows in ${table} already: give this tracker a database of its own.`);
  }
  const { id } = parseKept(`the ${IDENTITY} in ${shown}`, identity, readTlsIdentity, WHEN_LOST);
  throw unfit(
    id === fingerprint
      ? `${shown} has this tracker from an earlier move already, and the folder was in use since. Start trackers with that database; or drop it, create it again, and run the command again.`
      : `${shown} belongs to another tracker, with the fingerprint ${id}: give this one a database of its own.`,
  );
}

function unfit(message: string): ShoalError {
  return new ShoalError('DATA_DIR_INVALID', message);
}
