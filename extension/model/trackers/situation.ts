import type { Status } from '../../contract/contract.js';

/** The situation of the user; each has its own welcome and next step. */
export type Situation = 'noTracker' | 'connecting' | 'offline' | 'signedOut' | 'signedIn';

/**
 * @param isAttached whether the status comes from the agent
 * @param isAttaching whether the agent is being asked; if no user was signed in last, it is not started until it is
 * needed
 */
export function situationOf(status: Status, isAttached: boolean, isAttaching = true): Situation {
  if (status.tracker === null) return 'noTracker';
  if (status.userId !== null) return 'signedIn'; // also while the tracker is away: what is known stays in view
  if (!isAttached && !isAttaching) return 'signedOut';
  if (!isAttached || status.link === 'connecting' || status.link === 'none') return 'connecting';
  return status.link === 'online' ? 'signedOut' : 'offline';
}
