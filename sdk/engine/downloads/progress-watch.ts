import type { DownloadPlan } from '../../transfer/index.js';
import type { Peer } from '../fetching/peer.js';
import type { PieceBuffers } from '../storage/piece-buffers.js';
import { reportPeer } from './report-peer.js';

/** A download that could go on and does not, for so long, stands still. */
const STILL_MS = 60_000;

/** Notices that a download stands still: nothing is a reason for it, and yet nothing comes. */
export class ProgressWatch {
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Something came, or something that is in order holds the download back. */
  excuse(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** Whether it stands still. Once it was said so, the time begins anew. */
  takeStill(nowMs: number): boolean {
    if (nowMs - this.#sinceMs < STILL_MS) return false;
    this.#sinceMs = nowMs;
    return true;
  }
}

/** How a download stands, and what was asked of whom, for the log. */
export function describeStandstill(
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
    `${plan?.missing} pieces missing, ${plan?.inFlight} asked for, ${buffers.free} buffers free, ` +
    `reading ${buffers.isBehind ? 'waits' : 'goes on'}; ${asked.join('; ')}`
  );
}
