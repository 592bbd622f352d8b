import type { PostgresPool, PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { storeFailure } from './failures.js';
import { Lease } from './lease.js';
import type { PostgresPlace, ServerPlace } from './postgres-url.js';
import type { Primary } from './primary.js';

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

interface ServerPool {
  readonly server: ServerPlace;
  readonly pool: pg.Pool;
}

/** A bounded pool of connections to the primary. */
export class ConnectionPool implements PostgresPool {
  readonly #place: PostgresPlace;
  readonly #primary: Primary;
  readonly #health: Health;
  #current: ServerPool | undefined;
  /** Pools of servers that were the primary, until their last connection is closed. */
  readonly #ending = new Set<Promise<void>>();
  #isAway = false;
  #isEnded = false;

  constructor(place: PostgresPlace, primary: Primary, health: Health) {
    this.#place = place;
    this.#primary = primary;
    this.#health = health;
  }

  /** @throws ShoalError `UNAVAILABLE` */
  async connect(): Promise<PostgresPoolClient> {
    try {
      const { client, server } = await this.#connect();
      if (this.#isAway) this.#health.back();
      this.#isAway = false;
      return new Lease(client, (error) => {
        this.#lost(error);
        this.#primary.insteadOf(server).catch(() => {}); // the next request says why not
      });
    } catch (error) {
      this.#lost(error);
      throw storeFailure(error);
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    this.#retire();
    await Promise.all(this.#ending);
  }

  async #connect(): Promise<{ client: pg.PoolClient; server: ServerPlace }> {
    const server = await this.#primary.server();
    try {
      return { client: await this.#poolOf(server).connect(), server };
    } catch (error) {
      const other = await this.#primary.insteadOf(server);
      if (!other) throw error;
      return { client: await this.#poolOf(other).connect(), server: other };
    }
  }

  #poolOf(server: ServerPlace): pg.Pool {
    if (this.#isEnded) throw new Error('the tracker stops');
    if (this.#current?.server === server) return this.#current.pool;
    this.#retire();
    const pool = this.#poolAt(server);
    this.#current = { server, pool };
    return pool;
  }

  #retire(): void {
    const ending = this.#current?.pool.end();
    this.#current = undefined;
    if (!ending) return;
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  #poolAt({ host, port, tls }: ServerPlace): pg.Pool {
    const { database, user, password } = this.#place;
    /** The pool waits for it, which its types do not say. */
    const onConnect: (client: pg.ClientBase) => unknown = (client) => this.#primary.check(client);
    const pool = new pg.Pool({
      ...{ host, port, database, user, password, ssl: tls, options: SETTINGS },
      ...{ application_name: 'shoal-tracker', keepAlive: true, max: MAX_CONNECTIONS },
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      types: typesWithNumbers(),
      onConnect,
    });
    pool.on('error', () => {}); // an idle connection was lost: the next request connects again, or says why not
    return pool;
  }

  #lost(error: unknown): void {
    if (!this.#isAway) this.#health.away(error);
    this.#isAway = true;
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
