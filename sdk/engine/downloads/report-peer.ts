import type { DownloadPlan } from '../../transfer/index.js';
import type { Peer } from '../fetching/peer.js';
import type { SourceProgress } from '../progress.js';

const STATES = {
  connecting: 'connecting',
  ready: 'ready',
  snubbed: 'stalled',
  gone: 'gone',
  banned: 'banned',
} as const;

/** What a peer has delivered, and its state in the plan. */
export function reportPeer(peer: Peer, plan: DownloadPlan | undefined, nowMs: number): SourceProgress {
  const stats = plan?.sourceStats(peer.number, nowMs);
  return peer.report(stats && { state: STATES[stats.state.name], bytesPerSecond: stats.bytesPerSecond });
}
