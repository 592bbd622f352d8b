import { ShoalError } from '@shoal/sdk/protocol';
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import pg from 'pg';
import { encodeMoveRecord, MOVE_RECORD, type MoveRecord, parseMoveRecord } from '../data/move-record.js';
import type { Tables } from '../store/sql/tables.js';
import { rowsOf } from '../store/sql/words.js';
import type { Cell, Place, Row } from './cells.js';
import { bytesOf, type Kind, MOVED_TABLES, type MovedTable } from './moved-tables.js';

/** The keys of a tracker, as they stand in the database. */
export type SharedKeys = ReadonlyMap<string, string>;

/** The tables of a tracker in PostgreSQL while they are filled. */
export class TargetRows {
  readonly #db: Kysely<Tables>;
  /** The URL of the database without its password, for people. */
  readonly shown: string;

  constructor(db: Kysely<Tables>, shown: string) {
    this.#db = db;
    this.shown = shown;
  }

  /** What the trackers of the database share. */
  async keys(): Promise<SharedKeys> {
    const rows = await this.#db.selectFrom('tracker_keys').select(['name', 'value']).execute();
    return new Map(rows.map(({ name, value }) => [name, value]));
  }

  async record(): Promise<MoveRecord | undefined> {
    const text = (await this.keys()).get(MOVE_RECORD);
    return text === undefined ? undefined : parseMoveRecord(text, this.shown);
  }

  /** Some table that has rows. */
  async tableInUse(): Promise<string | undefined> {
    for (const { name } of MOVED_TABLES) {
      const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(this.#db);
      if (rows.length > 0) return name;
    }
    return undefined;
  }

  /** Begins a move into an empty database. @throws ShoalError `DATA_DIR_IN_USE` */
  async begin(keys: SharedKeys, record: MoveRecord): Promise<void> {
    const values = [...keys, [MOVE_RECORD, encodeMoveRecord(record)] as const];
    const rows = values.map(([name, value]) => ({ name, value, created_at_ms: Date.now() }));
    try {
      await this.#db.insertInto('tracker_keys').values(rows).execute();
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION) throw this.#inUse(error);
      throw error;
    }
  }

  /** Adds rows and moves the record on, in one step. @throws ShoalError `DATA_DIR_IN_USE`, `DATA_DIR_INVALID` */
  async add(table: MovedTable, rows: readonly Row[], from: MoveRecord, to: MoveRecord): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      await this.#moveOn(tx, from, to);
      await insert(tx, table, rows).catch((error: unknown) => {
        throw this.#refusedRow(table, error);
      });
    });
  }

  /** Notes the end of the move. */
  async finish(from: MoveRecord): Promise<void> {
    await this.#moveOn(this.#db, from, { ...from, state: 'moved' });
  }

  /** Lets the database see how many rows a table has now, so that it finds the best ways through the next ones. */
  async analyze({ name }: MovedTable): Promise<void> {
    await sql`analyze ${sql.table(name)}`.execute(this.#db);
  }

  /** The rows after a place, up to another one: as `FolderRows.countedPage` has them. */
  async countedPage(table: MovedTable, after: Place, last: Place, limit: number): Promise<Row[]> {
    const columns = Object.entries(table.columns).map(([name, kind]) =>
      kind === 'bytes' ? sql`encode(sha256(${sql.ref(name)}), 'hex') as ${sql.ref(name)}` : sql.ref(name),
    );
    const counted = Object.keys(table.counted ?? {}).map((name) => sql.ref(name));
    const key = sql.join(table.key.map((name) => sql.ref(name)));
    const behind = after ? sql`(${key}) > (${sql.join([...after])})` : sql`true`;
    const upTo = last ? sql`(${key}) <= (${sql.join([...last])})` : sql`true`;
    const { rows } = await sql<Record<string, Cell>>`
      select ${sql.join([...columns, ...counted])} from ${sql.table(table.name)}
      where ${behind} and ${upTo} order by ${key} limit ${limit}`.execute(this.#db);
    return rows.map((row) => Object.values(row));
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }

  /** @throws ShoalError `DATA_DIR_IN_USE` if somebody else has moved it on */
  async #moveOn(db: Kysely<Tables>, from: MoveRecord, to: MoveRecord): Promise<void> {
    const { numUpdatedRows } = await db
      .updateTable('tracker_keys')
      .set({ value: encodeMoveRecord(to) })
      .where('name', '=', MOVE_RECORD)
      .where('value', '=', encodeMoveRecord(from))
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) throw this.#inUse();
  }

  #inUse(cause?: unknown): ShoalError {
    return new ShoalError(
      'DATA_DIR_IN_USE',
      `Another process has begun to write to ${this.shown}: end it, and run the command again.`,
      { cause },
    );
  }

  #refusedRow({ name }: MovedTable, error: unknown): unknown {
    if (!(error instanceof pg.DatabaseError) || !REFUSED.test(error.code ?? '')) return error;
    const detail = error.detail === undefined ? '' : ` ${error.detail}`;
    return new ShoalError(
      'DATA_DIR_INVALID',
      `${this.shown} refuses a row of ${name}: ${error.message}.${detail} The folder is unchanged: correct the row there, and run the command again.`,
      { cause: error },
    );
  }
}

const UNIQUE_VIOLATION = '23505';
/** The classes of SQLSTATE of values and rules. */
const REFUSED = /^2[23]/;

async function insert(tx: Transaction<Tables>, table: MovedTable, rows: readonly Row[]): Promise<void> {
  const columns = sql.join(Object.keys(table.columns).map((name) => sql.ref(name)));
  await sql`insert into ${sql.table(table.name)} (${columns}) ${asTable(tx, table, rows)}`.execute(tx);
}

/** Rows as one parameter, or bytes as parameters of their own: in a text they would take several times the memory. */
function asTable(tx: Transaction<Tables>, table: MovedTable, rows: readonly Row[]): RawBuilder<unknown> {
  if (bytesOf(table) !== undefined) return sql`values ${sql.join(rows.map((row) => sql`(${sql.join([...row])})`))}`;
  const texts = rows.map((row) => row.filter(isPlain)); // all are
  return sql`select ${sql.join(Object.values(table.columns).map(cast))} from ${rowsOf(tx, texts)}`;
}

function isPlain(cell: Cell): cell is Exclude<Cell, Uint8Array> {
  return !(cell instanceof Uint8Array);
}

/** The cell of a column, from the list that is a row. */
function cast(kind: Kind, index: number): RawBuilder<unknown> {
  const text = sql`value ->> ${sql.lit(index)}`;
  return kind.startsWith('integer') ? sql`(${text})::bigint` : text;
}
