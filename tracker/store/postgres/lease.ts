import type { PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import type pg from 'pg';
import { changeUnconfirmed } from '../store-errors.js';
import { isConnectionLost, storeFailure } from './failures.js';

const WRITES = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'] as const;

/** A connection while someone has it. What has failed is not used again. */
export class Lease implements PostgresPoolClient {
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
