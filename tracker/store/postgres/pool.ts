import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { changeUnconfirmed } from '../store-errors.js';
import { isConnectionLost, storeFailure } from './failures.js';
import type { PostgresPlace } from './postgres-url.js';

/** Connections of one tracker. A server with 100 serves several trackers. */
const MAX_CONNECTIONS = 10;
/** For a connection, free or new. */
const CONNECT_TIMEOUT_MS = 5000;
const IDLE_TIMEOUT_MS = 60_000;
/** After which the server ends a statement. */
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5000;
/** After which the server ends a transaction of a tracker that is gone. */
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
/** After which a server that does not answer is away. */
const ANSWER_TIMEOUT_MS = 15_000;
/**
 * Every query follows an index. To read a whole table is faster while there are few rows, but such a step would be in
 * the way of all others.
 */
const SETTINGS = '-c enable_seqscan=off';

/** Told when the database is lost, and when it is back. */
export interface Health {
  away(error: unknown): void;
  back(): void;
}

/** A bounded pool of connections. */
export class ConnectionPool implements PostgresPool {
  readonly #pool: pg.Pool;
  readonly #health: Health;
  #isAway = false;

  constructor({ host, port, database, user, password, tls }: PostgresPlace, health: Health) {
    this.#health = health;
    this.#pool = new pg.Pool({
      ...{ host, port, database, user, password, ssl: tls, options: SETTINGS },
      ...{ application_name: 'shoal-tracker', keepAlive: true, max: MAX_CONNECTIONS },
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      types: typesWithNumbers(),
    });
    this.#pool.on('error', () => {}); // an idle connection was lost: the next request connects again, or says why not
  }

  /** @throws ShoalError `UNAVAILABLE` */
  async connect(): Promise<PostgresPoolClient> {
    try {
      const lease = new Lease(await this.#pool.connect(), (error) => this.#lost(error));
      if (this.#isAway) this.#health.back();
      this.#isAway = false;
      return lease;
    } catch (error) {
      this.#lost(error);
      throw storeFailure(error);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #lost(error: unknown): void {
    if (!this.#isAway) this.#health.away(error);
    this.#isAway = true;
  }
}

const WRITES = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'] as const;

/** A connection while someone has it. What has failed is not used again. */
class Lease implements PostgresPoolClient {
  readonly #client: pg.PoolClient;
  readonly #onLost: (error: unknown) => void;
  #failure: Error | undefined;
  readonly #onError = (error: Error) => {
    this.#failure ??= error;
  };

  constructor(client: pg.PoolClient, onLost: (error: unknown) => void) {
    this.#client = client;
    this.#onLost = onLost;
    client.on('error', this.#onError); // the pool listens only while nobody has it
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(
    sql: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof sql !== 'string') throw new Error('Cursors are not used.');
    return this.#query(sql, parameters);
  }

  release(): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.#failure);
  }

  async #query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#failure) {
      if (sql === 'rollback') return { command: 'SELECT', rowCount: 0, rows: [] }; // the lost connection has done it
      throw storeFailure(this.#failure);
    }
    try {
      const { command, rowCount, rows } = await this.#client.query(sql, [...parameters]);
      const kind = WRITES.find((write) => write === command) ?? 'SELECT';
      return { command: kind, rowCount: rowCount ?? 0, rows: rows as R[] }; // the query says what its rows are
    } catch (error) {
      if (isConnectionLost(error)) {
        this.#failure ??= error;
        this.#onLost(error);
        if (sql === 'commit') throw changeUnconfirmed(error);
      }
      throw storeFailure(error);
    }
  }
}

/** The library's types, but whole numbers are numbers and not texts. None of ours is larger than one can hold. */
function typesWithNumbers(): pg.TypeOverrides {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, parseInt8);
  return types;
}

/** @throws RangeError */
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The database has a number that is too large: ${text}.`);
  return value;
}
