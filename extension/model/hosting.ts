import type { GroupTree } from './group-tree.js';
import { isMine } from './standing.js';

/** An update of the editor, or another start, is not worth a word. */
export const MIN_AWAY_MS = 120_000;
/** Who sees the groups later than so after the tracker was started again is not told of an absence until now. */
export const MAX_LATE_MS = 120_000;

const TOLD_AT_SHARE = 'toldWhereTheTrackerRuns';

/** What the editor remembers, as far as it is asked here. */
export interface Memory {
  get(key: string, fallback: boolean): boolean;
  update(key: string, value: boolean): PromiseLike<void>;
}

/** Whether whoever shares is to hear for how long others reach it: at the first share at a tracker that ends with the windows here. */
export async function isToHearAtShare(endsWithWindows: boolean, memory: Memory): Promise<boolean> {
  if (!endsWithWindows || memory.get(TOLD_AT_SHARE, false)) return false;
  await memory.update(TOLD_AT_SHARE, true);
  return true;
}

/** What is known of a tracker that was away, and of those who missed it. */
export interface Absence {
  /** Since when it was away before it was started; null where it had not ended with the windows. */
  readonly awaySinceMs: number | null;
  readonly groups: Pick<GroupTree, 'isLoaded' | 'groups' | 'once'>;
  /** Whether the tracker in use is that one, and ends with the windows here. */
  readonly endsWithWindows: () => boolean;
  /** Whether this window is the one that tells of it. */
  readonly claim: () => Promise<boolean>;
  readonly now: () => number;
}

/** Since when the user's groups were out of reach, where somebody else is in one and this window is to tell; else undefined. */
export async function absenceToTell(absence: Absence): Promise<number | undefined> {
  const { awaySinceMs, groups, endsWithWindows, claim, now } = absence;
  const startedMs = now();
  if (awaySinceMs === null || startedMs - awaySinceMs < MIN_AWAY_MS) return undefined;
  while (!groups.isLoaded) await new Promise<void>((resolve) => groups.once('changed', () => resolve()));
  const isMissed = groups.groups().some((group) => isMine(group) && group.members > 1);
  if (now() - startedMs > MAX_LATE_MS || !isMissed || !endsWithWindows()) return undefined;
  return (await claim()) ? awaySinceMs : undefined;
}
