import type { GroupTree } from '../tree/group-tree.js';
import { isMine } from '../tree/standing.js';

/** Shorter absences, such as an update or a restart of the editor, are not reported. */
export const MIN_AWAY_MS = 120_000;
/** A user who sees the groups later than this after the restart of the tracker gets no report. */
export const MAX_LATE_MS = 120_000;

const TOLD_AT_SHARE = 'toldWhereTheTrackerRuns';

/** The used part of the editor's storage. */
export interface Memory {
  get(key: string, fallback: boolean): boolean;
  update(key: string, value: boolean): PromiseLike<void>;
}

/**
 * Whether to say how long others can reach a share: at the first share at a tracker that ends with the windows here.
 */
export async function isToHearAtShare(endsWithWindows: boolean, memory: Memory): Promise<boolean> {
  if (!endsWithWindows || memory.get(TOLD_AT_SHARE, false)) return false;
  await memory.update(TOLD_AT_SHARE, true);
  return true;
}

/** The absence of a tracker, and the users concerned. */
export interface Absence {
  /** Since when it was away before it was started; null if it had not ended with the windows. */
  readonly awaySinceMs: number | null;
  readonly groups: Pick<GroupTree, 'isLoaded' | 'groups' | 'once'>;
  /** Whether it is the current tracker, and ends with the windows here. */
  readonly endsWithWindows: () => boolean;
  /** Whether this window reports it. */
  readonly claim: () => Promise<boolean>;
  readonly now: () => number;
}

/**
 * Since when the user's groups were unreachable, if they have other members and this window is to report it; otherwise
 * undefined.
 */
export async function absenceToTell(absence: Absence): Promise<number | undefined> {
  const { awaySinceMs, groups, endsWithWindows, claim, now } = absence;
  const startedMs = now();
  if (awaySinceMs === null || startedMs - awaySinceMs < MIN_AWAY_MS) return undefined;
  while (!groups.isLoaded) await new Promise<void>((resolve) => groups.once('changed', () => resolve()));
  const isMissed = groups.groups().some((group) => isMine(group) && group.members > 1);
  if (now() - startedMs > MAX_LATE_MS || !isMissed || !endsWithWindows()) return undefined;
  return (await claim()) ? awaySinceMs : undefined;
}
