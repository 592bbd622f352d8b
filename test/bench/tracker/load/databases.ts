import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresStore } from '../../../../tracker/store/postgres/postgres-store.js';
import { availableDrivers, type Database } from '../../../../tracker/store/sqlite/drivers.js';
import { openSqliteStore } from '../../../../tracker/store/sqlite/sqlite-store.js';
import { PostgresServer } from '../../../support/postgres/postgres-server.js';
import type { Sql } from './fill.js';
import type { NodeOptions } from './node.js';

/** A database with the tables of a tracker, for as long as a bench runs. */
export interface BenchDatabase extends Sql {
  /** What a node is told to use it. */
  readonly place: Pick<NodeOptions, 'dataDir' | 'store'>;
  /** The first row of an answer. */
  first(query: string): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

/** In a temporary folder, as a tracker on one machine has it. */
export async function sqliteDatabase(): Promise<BenchDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-bench-'));
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const path = join(dataDir, 'tracker.db');
  await (await openSqliteStore(path)).close();
  const [driver] = await availableDrivers();
  if (!driver) throw new Error('This runtime has no SQLite.');
  const use = <T>(work: (database: Database) => T): T => {
    const database = driver.open(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    kind: 'sqlite',
    place: { dataDir },
    run: async (statements) => use((database) => database.exec(statements)),
    first: async (query) => use((database) => ({ ...(database.prepare(query).all([])[0] as object) })),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A PostgreSQL of its own on loopback. It does not wait for the disk. */
export async function postgresDatabase(): Promise<BenchDatabase> {
  const server = await PostgresServer.start();
  await server.run('postgres', 'CREATE DATABASE shoal');
  const store = server.url('shoal');
  await (await openPostgresStore(store)).close();
  return {
    kind: 'postgres',
    place: { store },
    run: async (statements) => void (await server.run('shoal', statements)),
    first: async (query) => (await server.run('shoal', query))[0] ?? {},
    close: () => server.stop(),
  };
}
