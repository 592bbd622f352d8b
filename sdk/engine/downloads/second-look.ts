import { isPiece, type Manifest, pieceLength } from '../../protocol/index.js';
import type { DownloadPlan } from '../../transfer/index.js';
import type { Peer, PeerChannel } from '../fetching/peer.js';
import type { PieceBuffer } from '../storage/piece-buffers.js';

/** Who does not answer for so long is left alone for a while, as one who stalls. */
const PATIENCE_MS = 30_000;

/** What comes of a wrong piece. */
export type Verdict =
  /** Its source is asked for it once more, and for nothing else. */
  | 'asked again'
  /** It came before the source was asked again, or hung up: what is to follow follows already. */
  | 'known'
  /** The source had its chance. */
  | 'liar';

/**
 * A source that sent a wrong piece may be honest: its file was changed under it, so that it looks as it did. It is asked for the
 * piece once more, whereupon an honest one looks at its own file first, and says so, and only a liar sends a wrong one again.
 */
export class SecondLook {
  readonly #manifest: Manifest;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** A source sent a wrong piece. */
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

  /** The answer came: whether it is right. If so, the source counts as before. */
  isRight(channel: PeerChannel, piece: number, { bytes }: PieceBuffer, plan: DownloadPlan, nowMs: number): boolean {
    const { peer, link, number } = channel;
    if (!isPiece(this.#manifest, piece, bytes.subarray(0, pieceLength(this.#manifest, piece)))) return false;
    channel.doubt = undefined;
    const pieces = link.piecesOf(number);
    plan.addSource(peer.number, nowMs);
    if (pieces) plan.sourceReady(peer.number, pieces, nowMs);
    return true;
  }

  /** Whether a source has not answered for too long. */
  isOverdue({ doubt }: PeerChannel, nowMs: number): boolean {
    return doubt !== undefined && nowMs - doubt.sinceMs > PATIENCE_MS;
  }
}
