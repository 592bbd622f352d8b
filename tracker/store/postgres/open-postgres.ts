import { ShoalError } from '@shoal/sdk/protocol';
import pg from 'pg';
import type { Migration } from '../sql/schema/migrations.js';
import type { PostgresPlace, ServerPlace } from './postgres-url.js';
import { NoPrimary, Primary } from './primary.js';
import { bringUpToDate } from './schema-version.js';

/** The oldest version that its makers still maintained when this tracker was written. */
const OLDEST = 13;
const CONNECT_TIMEOUT_MS = 10_000;

export interface OpenOptions {
  /** The server of several that can be written. Default: it is looked for. */
  readonly primary?: Primary | undefined;
  /** The steps of the schema, for tests. Default: those of this tracker. */
  readonly steps?: readonly Migration[] | undefined;
  /** The oldest version of PostgreSQL, for tests. */
  readonly oldest?: number | undefined;
}

/**
 * Signs in at the database, checks that it can be used, and brings its tables to the version of this tracker.
 * @throws ShoalError `UNAVAILABLE`, `PERMISSION_DENIED`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, in one line without the
 * password
 */
export async function openPostgres(place: PostgresPlace, options: OpenOptions = {}): Promise<void> {
  const { primary = new Primary(place), steps, oldest = OLDEST } = options;
  const { database, user, password, shown } = place;
  const server = await primary.server().catch((error: unknown) => {
    throw whyNone(place, error);
  });
  const { host, port, tls } = server;
  const client = new pg.Client({
    ...{ host, port, database, user, password, ssl: tls },
    ...{ application_name: 'shoal-tracker', connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
  });
  client.on('error', () => {}); // the query under way fails, and says so
  try {
    await client.connect();
    await checkServer(client, shown, oldest);
    await bringUpToDate(client, shown, steps);
  } catch (error) {
    throw whyNot(place, server, error);
  } finally {
    await client.end().catch(() => {}); // it was lost
  }
}

/** @throws ShoalError `DATA_DIR_INVALID` */
async function checkServer(client: pg.Client, shown: string, oldest: number): Promise<void> {
  const { rows } = await client.query<Record<'version' | 'text' | 'encoding', string>>(`
    SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS text,
      current_setting('server_encoding') AS encoding`);
  const { version = '0', text = '', encoding = '' } = rows[0] ?? {};
  if (Number(version) < oldest * 10_000)
    throw invalid(shown, `is of PostgreSQL ${text}, and the tracker needs ${oldest} or later: update the server`);
  if (encoding !== 'UTF8')
    throw invalid(
      shown,
      `has the encoding ${encoding}, which does not hold every name: create it with the encoding UTF8`,
    );
}

/** Why none of several servers can be used, and what to do. What a running server refuses comes first. */
function whyNone(place: PostgresPlace, error: unknown): unknown {
  if (!(error instanceof NoPrimary)) return error;
  const reasons = error.refusals.map((refusal) => whyNot(place, refusal.server, refusal.error));
  const refused = reasons.find((reason) => reason instanceof ShoalError && reason.code !== 'UNAVAILABLE');
  const what = `${error.message.replaceAll('\n', ' ')}; start it, or promote a standby`;
  return refused ?? new ShoalError('UNAVAILABLE', `${place.shown} cannot be used: ${what}.`, { cause: error });
}

/** Why the database cannot be opened at a server, and what to do. */
function whyNot({ shown, user, database }: PostgresPlace, { host, port }: ServerPlace, error: unknown): unknown {
  if (error instanceof ShoalError) return error;
  const why = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const told = (as: 'UNAVAILABLE' | 'PERMISSION_DENIED' | 'DATA_DIR_INVALID', what: string) =>
    new ShoalError(as, `${shown} cannot be used: ${what}.`, { cause: error });
  if (code.startsWith('28') || why.startsWith('SASL:'))
    return told(
      'PERMISSION_DENIED',
      `the server refuses ${user} (${why}); check the user, the password, and pg_hba.conf`,
    );
  if (code === '3D000')
    return told('DATA_DIR_INVALID', `there is no database ${database}; create it, or name another one`);
  if (code === '42501')
    return told(
      'PERMISSION_DENIED',
      `${user} may not create tables there (${why}); make ${user} the owner of the database`,
    );
  if (code === '42703' || code === '42P01')
    return told(
      'DATA_DIR_INVALID',
      `its tables are not those of a tracker (${why}); give the tracker a database of its own`,
    );
  if (error instanceof pg.DatabaseError) return told('UNAVAILABLE', `${why}; see the log of the server, and try again`);
  if (isAboutTls(code, why))
    return told(
      'UNAVAILABLE',
      `no trusted TLS (${why}); check sslmode, and name the file of its authority with sslrootcert`,
    );
  if (NOT_SPOKEN.test(why))
    return told(
      'UNAVAILABLE',
      `what answers at ${host}:${port} does not speak the protocol of PostgreSQL; check the port`,
    );
  return told('UNAVAILABLE', `no server answers there (${why}); check the host, the port, and that it runs`);
}

const NOT_SPOKEN = /terminated unexpectedly|unknown message|response for SSL/i;

function isAboutTls(code: string, why: string): boolean {
  return (
    /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|^EPROTO/.test(code) || /does not support SSL|certificate/i.test(why)
  );
}

function invalid(shown: string, what: string): ShoalError {
  return new ShoalError('DATA_DIR_INVALID', `${shown} ${what}, or name another database.`);
}
