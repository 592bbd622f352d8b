import { isPiece, type Manifest, pieceLength } from '../../protocol/index.js';
import type { DownloadPlan } from '../../transfer/index.js';
import type { Peer, PeerChannel } from '../fetching/peer.js';
import type { PieceBuffer } from '../storage/disk-workers/piece-buffers.js';

/** A peer that does not answer the second request for this time rests, like one that stalls. */
const PATIENCE_MS = 30_000;

/** The consequence of a wrong piece. */
export type Verdict =
  /** The peer is asked for the piece once more, and for nothing else. */
  | 'asked again'
  /** The piece came before the second request, or the peer hung up: the consequence of the first wrong piece applies. */
  | 'known'
  /** The second copy is wrong, too: the peer is banned. */
  | 'liar';

/**
 * Decides whether a peer that sent a wrong piece is banned. The peer may be honest: its file may have changed without a trace in its stamp.
 * It is asked for the piece once more. An honest peer verifies its own file first and reports the change; a liar sends a wrong piece again.
 */
export class BanPolicy {
  readonly #manifest: Manifest;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** A peer sent a wrong piece. */
  judge(peer: Peer, piece: number, nowMs: number): Verdict {
    const { channel, erredAtMs = Infinity, linkedAtMs } = peer;
    if (channel?.doubt || (!channel && linkedAtMs <= erredAtMs && erredAtMs < Infinity)) return 'known';
    if (erredAtMs < Infinity) return 'liar';
    peer.erredAtMs = nowMs;
    if (!channel) return 'known';
    channel.doubt = { piece, sinceMs: nowMs };
    channel.link.requests.request(channel.number, piece);
    return 'asked again';
  }

  /** The second copy came. If it is right, the peer counts as before. */
  isRight(channel: PeerChannel, piece: number, { bytes }: PieceBuffer, plan: DownloadPlan, nowMs: number): boolean {
    const { peer, link, number } = channel;
    if (!isPiece(this.#manifest, piece, bytes.subarray(0, pieceLength(this.#manifest, piece)))) return false;
    channel.doubt = undefined;
    const pieces = link.piecesOf(number);
    plan.addSource(peer.number, nowMs);
    if (pieces) plan.sourceReady(peer.number, pieces, nowMs);
    return true;
  }

  /** Whether a peer has not answered the second request for too long. */
  isOverdue({ doubt }: PeerChannel, nowMs: number): boolean {
    return doubt !== undefined && nowMs - doubt.sinceMs > PATIENCE_MS;
  }
}
