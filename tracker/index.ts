/** Runs a Shoal tracker inside a program. */
export type { Rate, TrackerLimits } from './server/budgets/limits.js';
export { startTracker, type Tracker, type TrackerOptions } from './tracker.js';
