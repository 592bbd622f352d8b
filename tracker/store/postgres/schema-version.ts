import { ShoalError } from '@shoal/sdk/protocol';
import type pg from 'pg';
import { MIGRATIONS, type Migration } from '../sql/schema/migrations.js';
import { POSTGRES } from '../sql/schema/schema-words.js';

/** The lock of the database under which one tracker at a time changes the schema. */
const LOCK = 0x73_68_6f_61_6c;
/** For that lock, and for tables that an older tracker uses. */
const LOCK_TIMEOUT_MS = 60_000;

/** The version of the schema in the database, and the lowest one that a tracker must know to serve it. */
export interface SchemaVersion {
  readonly version: number;
  readonly minReader: number;
}

/**
 * Brings the schema to the version of this tracker, in one transaction that other trackers wait for.
 * @throws ShoalError `DATA_DIR_NEWER`, `DATA_DIR_INVALID`; errors of the database as they are
 */
export async function bringUpToDate(
  client: pg.Client,
  shown: string,
  steps: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const before = await readVersion(client);
  if (before) refuseNewer(before, steps.length, shown);
  if (before && before.version >= steps.length) return;
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`SELECT pg_advisory_xact_lock(${LOCK})`);
    const now = await readVersion(client); // another tracker may have been faster
    if (now) refuseNewer(now, steps.length, shown);
    else await begin(client, shown);
    for (const step of steps.slice(now?.version ?? 0)) await client.query(step.statements(POSTGRES));
    if (steps.length > (now?.version ?? 0))
      await client.query('UPDATE tracker_schema SET version = $1, min_reader = $2', [
        steps.length,
        steps.at(-1)?.minReader,
      ]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the first error says why
    throw error;
  }
}

/** @throws ShoalError `DATA_DIR_NEWER` */
export function refuseNewer({ version, minReader }: SchemaVersion, known: number, shown: string): void {
  if (minReader <= known) return;
  throw new ShoalError(
    'DATA_DIR_NEWER',
    `${shown} is served by newer trackers (version ${version} of its tables, and this one knows ${known}): update this one, or name another database.`,
  );
}

/** Undefined if the database has no tables of a tracker. */
async function readVersion(client: pg.Client): Promise<SchemaVersion | undefined> {
  // Not `to_regclass`: it may remember from before the lock that there is no such table.
  const { rowCount } = await client.query(
    "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'tracker_schema'",
  );
  if (rowCount === 0) return undefined;
  const { rows } = await client.query<{ version: string; min_reader: string }>(
    'SELECT version, min_reader FROM tracker_schema',
  );
  const [row] = rows;
  return row && { version: Number(row.version), minReader: Number(row.min_reader) };
}

async function begin(client: pg.Client, shown: string): Promise<void> {
  const others = await tablesThere(client);
  if (others.length > 0) throw foreign(shown, others);
  await client.query(`
    CREATE TABLE tracker_schema (
      is_only BOOLEAN PRIMARY KEY DEFAULT true CHECK (is_only),
      version BIGINT NOT NULL,
      min_reader BIGINT NOT NULL CHECK (min_reader <= version)
    );
    INSERT INTO tracker_schema (version, min_reader) VALUES (0, 0);
  `);
}

/** Some tables in the schema of the role, without those of extensions. */
async function tablesThere(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ relname: string }>(`
    SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = current_schema() AND relkind IN ('r', 'p') AND NOT EXISTS (
      SELECT 1 FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e'
    ) ORDER BY relname LIMIT 3`);
  return rows.map((row) => row.relname);
}

function foreign(shown: string, tables: readonly string[]): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${shown} has tables of another program (${tables.join(', ')}): give the tracker a database of its own.`,
  );
}
