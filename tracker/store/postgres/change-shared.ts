import type { Transact } from '../sql/transact.js';

/**
 * The new values of some names for their present ones, in the same order; undefined: none. It may be called several times, and throws if
 * nothing is to be changed.
 */
export type ChangeShared = (present: readonly (string | undefined)[]) => readonly (string | undefined)[];

/** Changes values that all trackers share, all of them or none. */
export async function changeShared(transact: Transact, names: readonly string[], change: ChangeShared): Promise<void> {
  await transact(undefined, async (tx) => {
    const rows = await tx.selectFrom('tracker_keys').select(['name', 'value']).where('name', 'in', names).execute();
    const present = names.map((name) => rows.find((row) => row.name === name)?.value);
    const values = change(present);
    for (const [index, name] of names.entries()) {
      const value = values[index];
      if (value === present[index]) continue;
      await tx.deleteFrom('tracker_keys').where('name', '=', name).execute();
      if (value === undefined) continue;
      await tx.insertInto('tracker_keys').values({ name, value, created_at_ms: Date.now() }).execute();
    }
  });
}
