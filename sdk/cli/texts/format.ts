/** A speed for people, in decimal megabytes: `0.25 MB/s`, `118 MB/s`. */
export function formatSpeed(bytesPerSecond: number): string {
  return `${threeDigits(bytesPerSecond / 1e6)} MB/s`;
}

/** A remaining time: `3s`, `2m05s`, `1h02m`; `–` above one day, which is only a guess. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${twoDigits(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m` : '–';
}

/** Whole percent, rounded down, so that 100 means complete. */
export function percentOf(doneBytes: number, sizeBytes: number): number {
  return sizeBytes === 0 ? 100 : Math.floor((doneBytes / sizeBytes) * 100);
}

/** `1 file`, `2 files`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
