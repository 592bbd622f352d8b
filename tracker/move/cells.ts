import { createHash } from 'node:crypto';
import { ShoalError } from '@shoal/sdk/protocol';
import type { Kind, MovedTable } from './moved-tables.js';

/** What stands in a column. */
export type Cell = string | number | null | Uint8Array;
/** The cells of the columns of a table, in their order. */
export type Row = readonly Cell[];
/** A place between the rows of a table: after the row with these keys. Undefined: before all. */
export type Place = readonly (string | number)[] | undefined;

/** The keys of a row. */
export function keysOf({ key, columns }: MovedTable, row: Row): (string | number)[] {
  const names = Object.keys(columns);
  return key.map((name) => {
    const cell = row[names.indexOf(name)];
    return typeof cell === 'number' ? cell : String(cell);
  });
}

/** A row in words: its table, and its keys. */
export function describeRow(table: MovedTable, row: Row): string {
  return describeKeys(table, keysOf(table, row));
}

export function describeKeys({ name, key }: MovedTable, cells: readonly unknown[]): string {
  return `${name} (${key.map((column, index) => `${column} ${JSON.stringify(cells[index])}`).join(', ')})`;
}

/** @throws ShoalError `DATA_DIR_INVALID` */
export function asCell(value: unknown, kind: Kind, { name }: MovedTable): Cell {
  if (value === null && kind.endsWith('?')) return null;
  if (typeof value === 'string' && kind.startsWith('text')) return value;
  if (typeof value === 'number' && kind.startsWith('integer')) return value;
  if (value instanceof Uint8Array && kind === 'bytes') return value;
  if (value instanceof ArrayBuffer && kind === 'bytes') return new Uint8Array(value); // of the library
  throw new ShoalError(
    'DATA_DIR_INVALID',
    `A row of ${name} has ${typeof value} where ${kind} belongs: restore the database from a backup.`,
  );
}

/** A cell with the SHA-256 of bytes, in hexadecimal digits, instead of the bytes. */
export function digested(cell: Cell): Cell {
  return cell instanceof Uint8Array ? createHash('sha256').update(cell).digest('hex') : cell;
}
