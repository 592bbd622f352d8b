/** Runs a Shoal tracker from inside a program. */
export type { TrackerLimits } from './server/limits.js';
export { startTracker, type Tracker, type TrackerOptions } from './tracker.js';
