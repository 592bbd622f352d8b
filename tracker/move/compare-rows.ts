import { ShoalError } from '@shoal/sdk/protocol';
import { describeRow, keysOf, type Place, type Row } from './cells.js';
import type { Course } from './copy-rows.js';
import type { FolderRows } from './folder-rows.js';
import { MOVED_TABLES, type MovedTable } from './moved-tables.js';
import type { TargetRows } from './target-rows.js';

/**
 * Compares each row of the database with that of the folder, bytes by their SHA-256, and each counter with the rows that it counts.
 * Returns the number of rows.
 * @throws ShoalError `DATA_DIR_INVALID` for the first row that is missing, one too many, or different
 */
export async function compareRows(folder: FolderRows, target: TargetRows, { onRows, signal }: Course): Promise<number> {
  let all = 0;
  for (const table of MOVED_TABLES) {
    const total = folder.count(table);
    let rows = 0;
    let after: Place;
    for (;;) {
      onRows(table.name, rows, total);
      signal.throwIfAborted();
      const page = folder.countedPage(table, after);
      const last = page.at(-1);
      const upTo = last && keysOf(table, last);
      const found = await target.countedPage(table, after, upTo, page.length + 1);
      const fault = differenceOf(table, page, found);
      if (fault !== undefined) throw differs(target.shown, fault);
      if (!last) break;
      after = upTo;
      rows += page.length;
    }
    all += rows;
  }
  return all;
}

/** What differs first, in words. */
function differenceOf(table: MovedTable, expected: readonly Row[], found: readonly Row[]): string | undefined {
  const differing = found.findIndex((row, index) => !areSame(row, expected[index]));
  const at = differing < 0 ? found.length : differing;
  const [mine, theirs] = [expected[at], found[at]];
  if (!mine) return theirs && `${describeRow(table, theirs)} is not in the folder`;
  const keys = keysOf(table, mine);
  const same = found.find((row) => areSame(keysOf(table, row), keys));
  if (!same) return `${describeRow(table, mine)} is missing`;
  if (theirs && same !== theirs) return `${describeRow(table, theirs)} is not in the folder`;
  const columns = [...Object.keys(table.columns), ...Object.keys(table.counted ?? {})];
  return `${describeRow(table, mine)} differs in ${columns.filter((_, index) => mine[index] !== same[index]).join(', ')}`;
}

function areSame(one: Row, other: Row | undefined): boolean {
  return one.every((cell, index) => cell === other?.[index]);
}

export function differs(shown: string, fault: string): ShoalError {
  return new ShoalError(
    'DATA_DIR_INVALID',
    `${shown} is not what the folder has: ${fault}. Drop that database, create it again, and run the command again: the folder is unchanged.`,
  );
}
