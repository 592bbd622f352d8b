import type { MoveRecord } from '../data/move-record.js';
import { keysOf } from './cells.js';
import type { FolderRows } from './folder-rows.js';
import { MOVED_TABLES } from './moved-tables.js';
import type { TargetRows } from './target-rows.js';

/** How the work on all rows goes on. */
export interface Course {
  /** Told how many rows of a table are done, of how many. */
  readonly onRows: (table: string, rows: number, total: number) => void;
  /** Ends it between two steps. */
  readonly signal: AbortSignal;
}

/**
 * Copies the rows that are not there yet. Each step is done together with its record, or not at all.
 * @param begun the record as it stands in the database
 */
export async function copyRows(
  folder: FolderRows,
  target: TargetRows,
  begun: MoveRecord,
  { onRows, signal }: Course,
): Promise<{ record: MoveRecord; copied: number }> {
  let record = begun;
  let copied = 0;
  for (const table of MOVED_TABLES.slice(MOVED_TABLES.findIndex(({ name }) => name === begun.table))) {
    const total = folder.count(table);
    let { rows, after } = table.name === begun.table ? begun : { rows: 0, after: undefined };
    for (;;) {
      onRows(table.name, rows, total);
      signal.throwIfAborted();
      const page = folder.page(table, after);
      const last = page.at(-1);
      if (!last) break;
      after = keysOf(table, last);
      rows += page.length;
      copied += page.length;
      const next: MoveRecord = { ...record, table: table.name, rows, after };
      await target.add(table, page, record, next);
      record = next;
    }
    await target.analyze(table);
  }
  return { record, copied };
}
