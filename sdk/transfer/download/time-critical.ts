import type { DownloadLimits } from './download-limits.js';
import type { DownloadSource } from './download-source.js';
import type { PiecesInFlight } from './pieces-in-flight.js';

/** A source is late with a piece if it needs this many times as long as another one. */
const LATE = 2;

/**
 * The first urgent piece in flight elsewhere that `source` would deliver in less than half the time. Recently asked
 * sources get some time first.
 */
export function findTimeCriticalPiece(
  source: DownloadSource,
  urgent: readonly number[],
  inFlight: PiecesInFlight,
  { urgentPatienceMs }: DownloadLimits,
  nowMs: number,
): number | undefined {
  if (urgent.length === 0) return undefined;
  const hereMs = source.window.msFor(source.requests.size + 1, nowMs);
  const isLate = (other: DownloadSource, piece: number): boolean => {
    if (nowMs < (other.requests.get(piece) ?? nowMs) + urgentPatienceMs) return false;
    const place = [...other.requests.keys()].indexOf(piece) + 1;
    return other.window.msFor(place, nowMs) > LATE * hereMs;
  };
  return urgent.find((piece) => {
    if (!source.has?.has(piece) || source.requests.has(piece)) return false;
    const asked = inFlight.sourcesOf(piece);
    return asked.length > 0 && asked.every((other) => isLate(other, piece));
  });
}
