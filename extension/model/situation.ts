import type { Status } from '../agent/contract.js';

/** Where the user stands; each has its own welcome and its own next step. */
export type Situation = 'noTracker' | 'connecting' | 'offline' | 'signedOut' | 'signedIn';

export function situationOf(status: Status, isAttached: boolean): Situation {
  if (status.tracker === null) return 'noTracker';
  if (status.userId !== null) return 'signedIn'; // also while the tracker is away: what is known stays in view
  if (!isAttached || status.link === 'connecting' || status.link === 'none') return 'connecting';
  return status.link === 'online' ? 'signedOut' : 'offline';
}
