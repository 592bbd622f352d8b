import type { DownloadPlan } from '../../transfer/index.js';
import type { Peer } from '../fetching/peer.js';
import type { PieceBuffers } from '../storage/disk-workers/piece-buffers.js';
import { reportPeer } from './report-peer.js';

/** A download that could continue but receives nothing for this long has stalled. */
const STILL_MS = 60_000;

/** Detects a download that receives nothing without a reason. */
export class ProgressWatch {
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Data arrived, or there is a reason for the pause. */
  excuse(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** Whether the download has stalled. A report restarts the time. */
  takeStill(nowMs: number): boolean {
    if (nowMs - this.#sinceMs < STILL_MS) return false;
    this.#sinceMs = nowMs;
    return true;
  }
}

/** What is said in the log of a download that has stalled: its state, and its requests per peer. */
export function describeStandstill(
  name: string,
  plan: DownloadPlan | undefined,
  peers: readonly Peer[],
  buffers: PieceBuffers,
  nowMs: number,
): string {
  const asked = peers.map((peer) => {
    const { userId, state, bytesPerSecond } = reportPeer(peer, plan, nowMs);
    return `${userId} ${state}, ${plan?.sourceStats(peer.number, nowMs)?.inFlight ?? 0} asked, ${bytesPerSecond} bytes/s`;
  });
  return (
    `${name} has made no progress for a minute, its channels are reopened: ` +
    `${plan?.missing} pieces missing, ${plan?.inFlight} asked for, ${buffers.free} buffers free, ` +
    `reading ${buffers.isBehind ? 'waits' : 'goes on'}; ${asked.join('; ')}`
  );
}
