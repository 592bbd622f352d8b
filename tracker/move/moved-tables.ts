import type { Tables } from '../store/sql/tables.js';

/** What a column has: with `?` also nothing. */
export type Kind = 'text' | 'text?' | 'integer' | 'integer?' | 'bytes';

/** A table that is moved. */
export interface MovedTable {
  readonly name: keyof Tables;
  /** The columns of a unique index, along which both databases read. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Kind>>;
  /** The columns that triggers count, and what SQLite counts for each among the rows of other tables. */
  readonly counted?: Readonly<Record<string, string>>;
  /** What PostgreSQL asks of a row, and what is wrong if it is not so. */
  readonly rules?: Readonly<Record<string, string>>;
}

const IS_ID = "length(manifest_id) = 64 AND manifest_id NOT GLOB '*[^0-9a-f]*'";

/** The number of rows in `from` that have the same keys as the row of `table`. */
function countOf(table: string, from: string, ...keys: string[]): string {
  return `(SELECT count(*) FROM ${from} WHERE ${sameKeys(table, from, keys)})`;
}

function sumOf(column: string, table: string, from: string, ...keys: string[]): string {
  return `(SELECT coalesce(sum(${column}), 0) FROM ${from} WHERE ${sameKeys(table, from, keys)})`;
}

function sameKeys(table: string, from: string, keys: readonly string[]): string {
  return keys.map((key) => `${from}.${key} = ${table}.${key}`).join(' AND ');
}

/**
 * All tables, in an order in which foreign keys hold and the triggers of the database count: devices before the shares that they
 * have, contents and versions before shares, unused contents after versions, which use some.
 */
export const MOVED_TABLES: readonly [MovedTable, ...MovedTable[]] = [
  {
    name: 'users',
    key: ['user_key'],
    columns: { user_key: 'text', user_id: 'text', password_hash: 'text', created_at_ms: 'integer', look: 'text?' },
    counted: {
      files: sumOf('files', 'users', 'counted_shares', 'user_key'),
      bytes: sumOf('bytes', 'users', 'counted_shares', 'user_key'),
      unused_bytes: sumOf('bytes', 'users', 'counted_unused', 'user_key'),
    },
  },
  {
    name: 'sessions',
    key: ['token_hash'],
    columns: { token_hash: 'text', user_key: 'text', expires_at_ms: 'integer' },
  },
  {
    name: 'devices',
    key: ['user_key', 'device_id'],
    columns: { user_key: 'text', device_id: 'text', seen_at_ms: 'integer' },
    counted: { files: sumOf('files', 'devices', 'counted_shares', 'user_key', 'device_id') },
  },
  {
    name: 'groups',
    key: ['group_key'],
    columns: {
      ...{ group_key: 'text', group_id: 'text', owner_key: 'text', epoch: 'integer', look: 'text?' },
      ...{ publishers: 'text', keep_versions: 'integer', keep_days: 'integer' },
    },
    counted: {
      members: countOf('groups', 'memberships', 'group_key'),
      files: countOf('groups', 'files', 'group_key'),
      versions: countOf('groups', 'versions', 'group_key'),
      removed: countOf('groups', 'removed_files', 'group_key'),
    },
    rules: {
      'epoch >= 0': 'its epoch is below 0',
      "publishers IN ('author', 'members')": 'nobody knows its publishers',
      'keep_versions >= 1': 'it keeps no version',
      'keep_days >= 0': 'it keeps versions for less than 0 days',
    },
  },
  {
    name: 'memberships',
    key: ['group_key', 'since_ms'],
    columns: { group_key: 'text', since_ms: 'integer', user_key: 'text' },
  },
  {
    name: 'requests',
    key: ['group_key', 'user_key'],
    columns: { group_key: 'text', user_key: 'text', requested_at_ms: 'integer' },
  },
  {
    name: 'manifests',
    key: ['manifest_id'],
    columns: { manifest_id: 'text', size_bytes: 'integer', bytes: 'bytes', created_at_ms: 'integer' },
    rules: { [IS_ID]: 'its id has not 64 hexadecimal digits', 'size_bytes >= 0': 'its size is below 0' },
  },
  {
    name: 'files',
    key: ['group_key', 'file_key'],
    columns: {
      ...{ group_key: 'text', file_key: 'text', file_name: 'text', manifest_id: 'text' },
      ...{ shared_by: 'text', shared_at_ms: 'integer', version: 'integer' },
    },
    counted: { versions: countOf('files', 'versions', 'group_key', 'file_key') },
    rules: { 'version >= 1': 'its version is below 1' },
  },
  {
    name: 'versions',
    key: ['group_key', 'file_key', 'version'],
    columns: {
      ...{ group_key: 'text', file_key: 'text', version: 'integer', manifest_id: 'text', published_by: 'text' },
      ...{ device_id: 'text', published_at_ms: 'integer' },
      ...{ note: 'text?', modified_ms: 'integer?', executable: 'integer?' },
    },
    rules: {
      'version >= 1': 'its number is below 1',
      'executable IS NULL OR executable IN (0, 1)': 'it is neither executable nor not',
    },
  },
  {
    name: 'shares',
    key: ['group_key', 'file_key', 'user_key', 'device_id'],
    columns: { group_key: 'text', file_key: 'text', user_key: 'text', device_id: 'text', version: 'integer?' },
  },
  {
    name: 'removed_files',
    key: ['group_key', 'file_key', 'manifest_id'],
    columns: { group_key: 'text', file_key: 'text', manifest_id: 'text', removed_at_ms: 'integer' },
  },
  {
    name: 'empty_folders',
    key: ['group_key', 'folder_key'],
    columns: { group_key: 'text', folder_key: 'text', folder_name: 'text', root_key: 'text' },
  },
  {
    name: 'unused_manifests',
    key: ['manifest_id'],
    columns: { manifest_id: 'text', user_key: 'text?', byte_count: 'integer' },
    rules: { 'byte_count > 0': 'it counts for no bytes' },
  },
];

/** The column with the bytes of a table, if it has one. */
export function bytesOf({ columns }: MovedTable): string | undefined {
  return Object.keys(columns).find((column) => columns[column] === 'bytes');
}
