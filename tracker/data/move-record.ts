import { parseKept } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';

const RECORD = z.object({
  /** The move: the data folder has the same in its mark. */
  id: z.string(),
  state: z.enum(['copying', 'moved']),
  /** The table that is copied; those before it are there. */
  table: z.string(),
  /** How many of its rows are there, and the keys of the last of them. */
  rows: z.number(),
  after: z.array(z.union([z.string(), z.number()])).optional(),
});

/** How far the move of a data folder into a database has come. It changes in one step with the rows. */
export type MoveRecord = z.infer<typeof RECORD>;

/** Its name among the values that all trackers of a database share. */
export const MOVE_RECORD = 'move';

/** @throws ShoalError `DATA_DIR_INVALID` */
export function parseMoveRecord(text: string, shown: string): MoveRecord {
  const whenLost = 'it says how far a move into this database has come. Restore the database from a backup.';
  return parseKept(`the record of a move in ${shown}`, text, (value) => RECORD.parse(value), whenLost);
}

export function encodeMoveRecord(record: MoveRecord): string {
  return JSON.stringify(RECORD.parse(record)); // in one order
}

/** A tracker must not serve a part of its accounts. @throws ShoalError `DATA_DIR_MOVED`, `DATA_DIR_INVALID` */
export function refuseUnfinished(text: string | undefined, shown: string): void {
  if (text === undefined || parseMoveRecord(text, shown).state === 'moved') return;
  throw new ShoalError(
    'DATA_DIR_MOVED',
    `${shown} has a part of a tracker that is being moved there: run shoal-tracker migrate-store until it ends, and start this tracker then.`,
  );
}
