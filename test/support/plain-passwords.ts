import type { PasswordHasher } from '../../tracker/accounts/passwords.js';
import { startTrackerWith, type Tracker, type TrackerOptions } from '../../tracker/tracker.js';

/** Stores passwords unhashed: Argon2id would take most of the time of a test about something else. */
export const PLAIN: PasswordHasher = {
  hash: (password) => Promise.resolve(password),
  verify: (password, hash) => Promise.resolve(password === hash),
  close: () => Promise.resolve(),
};

/** A tracker in this process for tests that are not about passwords. */
export function startQuickTracker(options: TrackerOptions): Promise<Tracker> {
  return startTrackerWith(options, PLAIN);
}
