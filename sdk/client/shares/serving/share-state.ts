import type { ShareState } from '../../api/results.js';

/** What was found out about the file of a share. */
export type Condition =
  | { readonly name: 'available' }
  | { readonly name: 'verifying' | 'edited' | 'missing' | 'unreadable'; readonly why: string };

/** All that is known about a share at the moment. It is not stored: a sign-in finds it out anew. */
export interface Standing {
  readonly condition: Condition;
  readonly sinceMs: number;
  /** The last condition other than `verifying`. A share counts as available until something else is found. */
  readonly settled: Exclude<Condition['name'], 'verifying'>;
  /** The group has a newer version than this device. */
  readonly behind: { readonly why: string; readonly sinceMs: number } | undefined;
}

/** The news in a transition. */
export interface Change {
  /** The state has another name. */
  readonly isOther: boolean;
  /** The file stopped being served as it was: it is gone, or has other content. */
  readonly lost: 'gone' | 'changed' | undefined;
  readonly isUnreadable: boolean;
  readonly isReadableAgain: boolean;
}

/** The standing of a share that was not looked at yet. */
export function unknown(nowMs: number): Standing {
  const condition = { name: 'verifying', why: 'The file was not looked at yet.' } as const;
  return { condition, sinceMs: nowMs, settled: 'available', behind: undefined };
}

/** The standing after a finding. A state that continues keeps its time. */
export function found(standing: Standing, condition: Condition, nowMs: number): Standing {
  const settled = condition.name === 'verifying' ? standing.settled : condition.name;
  const sinceMs = condition.name === standing.condition.name ? standing.sinceMs : nowMs;
  return { ...standing, condition, settled, sinceMs };
}

/** The standing after news about versions; undefined: this device has the newest one. */
export function outdated(standing: Standing, why: string | undefined, nowMs: number): Standing {
  const behind = why === undefined ? undefined : { why, sinceMs: standing.behind?.sinceMs ?? nowMs };
  return { ...standing, behind };
}

/** The state to tell. A trouble with the file comes before a newer version. */
export function stateOf({ condition, sinceMs, behind }: Standing): ShareState {
  if (condition.name !== 'available') return { name: condition.name, sinceMs, why: condition.why };
  if (behind) return { name: 'behind', sinceMs: behind.sinceMs, why: behind.why };
  return { name: 'available', sinceMs };
}

export function changeBetween(before: Standing, after: Standing): Change {
  const { settled } = after;
  const wasServed = before.settled === 'available';
  const lost = settled === 'missing' ? 'gone' : settled === 'edited' ? 'changed' : undefined;
  return {
    isOther: stateOf(before).name !== stateOf(after).name,
    lost: wasServed ? lost : undefined,
    isUnreadable: settled === 'unreadable' && before.settled !== 'unreadable',
    isReadableAgain: settled === 'available' && before.settled === 'unreadable',
  };
}
