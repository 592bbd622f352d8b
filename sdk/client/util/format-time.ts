/** The latest time that a `Date` can hold, in milliseconds since 1970. */
const LAST_MS = 8.64e15;

/** A time in milliseconds since 1970 for people: `2025-03-09 14:05 UTC`. */
export function formatTime(milliseconds: number): string {
  const time = new Date(Math.max(-LAST_MS, Math.min(milliseconds, LAST_MS)));
  return `${time
    .toISOString()
    .replace(/:\d\d\.\d+Z$/, '')
    .replace('T', ' ')} UTC`;
}
