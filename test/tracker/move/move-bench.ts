import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '../../../tracker/data/data-folder.js';
import { type Moved, migrateStore } from '../../../tracker/move/migrate-store.js';
import { DEFAULT_QUOTAS } from '../../../tracker/store/quotas.js';
import { availableDrivers, type Database } from '../../../tracker/store/sqlite/drivers.js';
import type { Store } from '../../../tracker/store/store.js';
import { madeManifest } from '../made-manifest.js';
import { emptyPlace } from '../store/postgres/postgres-place.js';
import { USERS, VersionModel, type VersionStep } from '../store/version-model.js';
import { formGroup, takeStep } from '../store/version-steps.js';

export const LATER = 2 ** 41;
/** Few, so that small tables are moved in many steps. */
const ROWS_AT_ONCE = 3;

/** The rows of all tables by table, each as text, with counters. */
export type Tables = ReadonlyMap<string, readonly string[]>;

let keys: Promise<string> | undefined;

/** A folder with the keys of a tracker: to make them takes longer than to move them. */
function folderWithKeys(): Promise<string> {
  keys ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-keys-'));
    await (await openDataFolder(folder, DEFAULT_QUOTAS)).close();
    return folder;
  })();
  return keys;
}

after(async () => {
  if (keys) rmSync(await keys, { recursive: true });
  keys = undefined;
});

/** A data folder and an empty database of the shared server. */
export class MoveBench {
  readonly folder: string;
  readonly place: Awaited<ReturnType<typeof emptyPlace>>;
  /** What was told. */
  readonly told: string[] = [];

  private constructor(folder: string, place: Awaited<ReturnType<typeof emptyPlace>>) {
    this.folder = folder;
    this.place = place;
  }

  static async open(): Promise<MoveBench> {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-move-'));
    cpSync(await folderWithKeys(), folder, { recursive: true });
    return new MoveBench(folder, await emptyPlace());
  }

  get database(): string {
    return join(this.folder, 'tracker.db');
  }

  async fill(work: (store: Store) => Promise<unknown>): Promise<void> {
    const { store, close } = await openDataFolder(this.folder, DEFAULT_QUOTAS);
    try {
      await work(store);
    } finally {
      await close();
    }
  }

  move(options: Partial<Parameters<typeof migrateStore>[0]> = {}): Promise<Moved> {
    return migrateStore({
      ...{ dataDir: this.folder, store: this.place.url, rowsAtOnce: ROWS_AT_ONCE },
      tell: (line) => this.told.push(line),
      ...options,
    });
  }

  /** Works with the SQLite database itself. */
  async inSqlite<T>(work: (database: Database) => T): Promise<T> {
    const [driver] = await availableDrivers();
    if (!driver) throw new Error('no SQLite');
    const database = driver.open(this.database);
    try {
      return work(database);
    } finally {
      database.close();
    }
  }

  /** The rows of the folder's database. */
  sqliteTables(): Promise<Tables> {
    return this.inSqlite((database) => {
      const query = (sql: string) => database.prepare(sql).all([]) as Record<string, unknown>[];
      const names = query("SELECT name FROM sqlite_schema WHERE type = 'table'").map(({ name }) => String(name));
      return new Map(names.sort().map((name) => [name, query(`SELECT * FROM ${name}`).map(asText).sort()]));
    });
  }

  /** The rows of the PostgreSQL database; of its own tables, the keys alone. */
  async postgresTables(): Promise<Tables> {
    const found = (await this.place.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")) as {
      tablename: string;
    }[];
    const names = found.map(({ tablename }) => tablename).filter((name) => name !== 'tracker_schema');
    const tables = new Map<string, string[]>();
    for (const name of names.sort()) {
      const rows = (await this.place.query(`SELECT * FROM ${name}`)) as Record<string, unknown>[];
      tables.set(name, rows.map(asText).sort());
    }
    return tables;
  }

  /** All that must not change: both databases, and the content of the other files of the folder. */
  async everything(): Promise<unknown> {
    const names = readdirSync(this.folder).filter((name) => !name.startsWith('tracker.db'));
    const files = names.map((name) => [name, readFileSync(join(this.folder, name), 'utf8')]);
    return { files, from: await this.sqliteTables(), to: await this.postgresTables() };
  }

  async close(): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
    await this.place.remove();
  }
}

/** A row as text, the same from both databases: numbers of PostgreSQL are texts, and the columns have another order. */
function asText(row: Record<string, unknown>): string {
  const cells = Object.entries(row).map(([name, value]): [string, string | null] => {
    const isBytes = value instanceof Uint8Array || value instanceof ArrayBuffer;
    const text = isBytes ? Buffer.from(new Uint8Array(value)).toString('hex') : String(value);
    return [name, value === null ? null : text];
  });
  return JSON.stringify(cells.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Fills all tables by the store's own methods, and then takes these steps with the files of a group. */
export async function live(store: Store, steps: readonly VersionStep[]): Promise<void> {
  for (const userId of [...USERS, 'Späth', 'nobody'])
    await store.createUser({ userId, passwordHash: `hash of ${userId}`, nowMs: 1 });
  for (const [index, userId] of USERS.entries()) {
    await store.createSession({ tokenHash: `token ${index}`, userId, expiresAtMs: LATER + index });
    await store.seeDevice(userId, 'ee'.repeat(32), 5 + index);
  }
  await formGroup(store, 'lab');
  await store.createGroup('Über', 'Späth', 1_000);
  await store.requestToJoin('lab', 'nobody', 4);
  await store.requestToJoin('Über', 'u1', 5);
  const { manifestId, manifest } = madeManifest(99);
  await store.putManifest({ manifestId, ...manifest, userId: 'u2', nowMs: 9 });
  const about = { groupId: 'Über', userId: 'Späth', deviceId: 'dd'.repeat(32), nowMs: 10 };
  const own = {
    fileName: 'Ordner/Datei \u{1f41f}',
    base: 0,
    note: 'ein "Fisch"\n\\',
    modifiedMs: -5,
    executable: true,
  };
  await store.publishVersions({ ...about, files: [{ ...own, ...madeManifest(50) }] });
  await store.setEmptyFolders({ groupId: 'Über', userId: 'Späth', folder: 'Ordner', empty: ['Ordner/leer'] });
  const model = new VersionModel();
  let nowMs = 100;
  for (const step of steps) {
    const { isOpen } = model;
    const base = model.baseOf(step);
    model.take(step, base);
    nowMs += 1;
    await takeStep(store, 'lab', step, { base, isOpen, nowMs });
  }
}
