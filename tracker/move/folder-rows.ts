import type { Database } from '../store/sqlite/drivers.js';
import { whyUnusable } from '../store/sqlite/open-database.js';
import { asCell, describeKeys, digested, type Place, type Row } from './cells.js';
import { bytesOf, type MovedTable } from './moved-tables.js';
import { faultsOf } from './row-faults.js';

/** Bytes of manifests that are read at once, or those of one. */
const BYTES_AT_ONCE = 4 * 1024 * 1024;

/**
 * Members of a group who joined at the same millisecond, which PostgreSQL refuses, join a millisecond after one another: the order
 * of members stays, and who had none among themselves get that of their names.
 */
const MEMBERS_APART = `
  CREATE TEMP TABLE members_apart AS
    SELECT group_key, user_key,
      place + max(since_ms - place) OVER (PARTITION BY group_key ORDER BY place ROWS UNBOUNDED PRECEDING) AS since_ms
    FROM (
      SELECT group_key, user_key, since_ms,
        row_number() OVER (PARTITION BY group_key ORDER BY since_ms, user_key) AS place
      FROM memberships
    );
  CREATE UNIQUE INDEX temp.members_apart_in_order ON members_apart (group_key, since_ms);
`;

/** Sums that no index leads to. */
const COUNTED = `
  CREATE TEMP TABLE IF NOT EXISTS counted_shares AS
    SELECT shares.user_key, shares.device_id, count(*) AS files, coalesce(sum(size_bytes), 0) AS bytes
    FROM shares LEFT JOIN versions USING (group_key, file_key, version) LEFT JOIN manifests USING (manifest_id)
    GROUP BY shares.user_key, shares.device_id;
  CREATE UNIQUE INDEX IF NOT EXISTS temp.counted_shares_by_device ON counted_shares (user_key, device_id);
  CREATE TEMP TABLE IF NOT EXISTS counted_unused AS
    SELECT user_key, sum(byte_count) AS bytes FROM unused_manifests WHERE user_key IS NOT NULL GROUP BY user_key;
  CREATE UNIQUE INDEX IF NOT EXISTS temp.counted_unused_by_user ON counted_unused (user_key);
`;

/** The rows of a tracker's SQLite database, which it does not change. */
export class FolderRows {
  readonly #database: Database;
  readonly #path: string;
  readonly #rowsAtOnce: number;
  /** Members whose times were moved apart. */
  readonly apart: number;

  /**
   * @param database opened for reading alone, and closed with this
   * @throws ShoalError `DISK_ERROR`, `DATA_DIR_INVALID`, as all of its methods
   */
  constructor(database: Database, path: string, rowsAtOnce: number) {
    this.#database = database;
    this.#path = path;
    this.#rowsAtOnce = rowsAtOnce;
    this.apart = this.#moveApart();
  }

  count({ name }: MovedTable): number {
    return Number(this.#one(`SELECT count(*) AS count FROM ${name}`).count);
  }

  /** The first rows after a place, by their keys. */
  page(table: MovedTable, after: Place): Row[] {
    return this.#read(table, Object.keys(table.columns), after);
  }

  /** As `page`, with the counters as they must be, and the SHA-256 of bytes in hexadecimal digits instead of the bytes. */
  countedPage(table: MovedTable, after: Place): Row[] {
    if (table.counted) this.#scratch(COUNTED);
    const counted = Object.entries(table.counted ?? {}).map(([name, sql]) => `${sql} AS counted_${name}`);
    return this.#read(table, [...Object.keys(table.columns), ...counted], after).map((row) => row.map(digested));
  }

  /** Why PostgreSQL would refuse a row, in words; undefined if it would refuse none. */
  fault(table: MovedTable): string | undefined {
    const faults = [...faultsOf(table)];
    const whens = faults.map(([, condition], index) => `WHEN ${condition} THEN ${index}`).join(' ');
    const [row] = this.#all(
      `SELECT ${table.key.join(', ')}, CASE ${whens} END AS fault FROM ${table.name} WHERE fault IS NOT NULL LIMIT 1`,
    );
    const keys = row && table.key.map((key) => row[key]);
    if (keys) return `${describeKeys(table, keys)}: ${faults[Number(row.fault)]?.[0]}`;
    const [dangling] = this.#all(`SELECT parent FROM pragma_foreign_key_check('${table.name}') LIMIT 1`);
    return dangling && `a row of ${table.name} names one of ${String(dangling.parent)} that does not exist`;
  }

  close(): void {
    this.#database.close();
  }

  #read(table: MovedTable, columns: readonly string[], after: Place): Row[] {
    const from = this.apart > 0 && table.name === 'memberships' ? 'temp.members_apart' : table.name;
    const key = table.key.join(', ');
    const holes = table.key.map(() => '?').join(', ');
    const behind = after ? `WHERE (${key}) > (${holes})` : '';
    const bytes = bytesOf(table);
    const limit =
      bytes === undefined ? this.#rowsAtOnce : this.#rowsWithin(bytes, `${from} ${behind} ORDER BY ${key}`, after);
    const sql = `SELECT ${columns.join(', ')} FROM ${from} AS ${table.name} ${behind} ORDER BY ${key} LIMIT ?`;
    const kinds = Object.values(table.columns);
    return this.#all(sql, ...(after ?? []), limit).map((row) =>
      Object.values(row).map((cell, index) => asCell(cell, kinds[index] ?? 'integer', table)),
    );
  }

  /** How many of the next rows have as many bytes as are read at once: one at least. */
  #rowsWithin(column: string, from: string, after: Place): number {
    const sizes = this.#all(
      `SELECT length(${column}) AS size FROM ${from} LIMIT ?`,
      ...(after ?? []),
      this.#rowsAtOnce,
    );
    let sum = 0;
    const within = sizes.findIndex(({ size }) => {
      sum += Number(size);
      return sum > BYTES_AT_ONCE;
    });
    return within < 0 ? this.#rowsAtOnce : Math.max(1, within);
  }

  #moveApart(): number {
    const same = this.#one(
      `SELECT coalesce(sum(members - 1), 0) AS count
        FROM (SELECT count(*) AS members FROM memberships GROUP BY group_key, since_ms HAVING members > 1)`,
    );
    const apart = Number(same.count);
    if (apart > 0) this.#scratch(MEMBERS_APART);
    return apart;
  }

  /** Makes tables beside the database. */
  #scratch(statements: string): void {
    try {
      this.#database.exec(`PRAGMA query_only = OFF; ${statements} PRAGMA query_only = ON;`);
    } catch (error) {
      throw whyUnusable(this.#path, error);
    }
  }

  #one(sql: string): Record<string, unknown> {
    return this.#all(sql)[0] ?? {};
  }

  #all(sql: string, ...parameters: (string | number)[]): Record<string, unknown>[] {
    try {
      return this.#database.prepare(sql).all(parameters) as Record<string, unknown>[]; // a row is an object with its columns
    } catch (error) {
      throw whyUnusable(this.#path, error);
    }
  }
}
