import type { SourceProgress } from '../progress.js';

/** What all sources of a download send, in bytes per second. */
export function rateOf(sources: readonly SourceProgress[]): number {
  return sources.reduce((sum, source) => sum + source.bytesPerSecond, 0);
}

/** Whether a source is connected, or may be soon. */
export function isReachable(sources: readonly SourceProgress[]): boolean {
  return sources.some(({ state }) => state === 'ready' || state === 'connecting' || state === 'stalled');
}
