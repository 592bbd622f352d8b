import type { Status } from '../contract/contract.js';

/** Where the user stands; each has its own welcome and its own next step. */
export type Situation = 'noTracker' | 'connecting' | 'offline' | 'signedOut' | 'signedIn';

/**
 * @param isAttached whether the status is what the agent says
 * @param isAttaching whether the agent is being asked: where nobody was signed in last, it is left alone until something is wanted of it
 */
export function situationOf(status: Status, isAttached: boolean, isAttaching = true): Situation {
  if (status.tracker === null) return 'noTracker';
  if (status.userId !== null) return 'signedIn'; // also while the tracker is away: what is known stays in view
  if (!isAttached && !isAttaching) return 'signedOut';
  if (!isAttached || status.link === 'connecting' || status.link === 'none') return 'connecting';
  return status.link === 'online' ? 'signedOut' : 'offline';
}
