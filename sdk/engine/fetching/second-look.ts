import { isPiece, type Manifest, pieceLength } from '../../protocol/index.js';
import type { DownloadPlan } from '../../transfer/index.js';
import type { PieceBuffer } from '../storage/piece-buffers.js';
import type { DownloadPeer } from './download-peer.js';

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
  judge(entry: DownloadPeer, piece: number, nowMs: number): Verdict {
    const { state, doubt, erredAtMs = Infinity, linkedAtMs } = entry;
    if (doubt || (state.name !== 'linked' && linkedAtMs <= erredAtMs && erredAtMs < Infinity)) return 'known';
    if (erredAtMs < Infinity) return 'liar';
    entry.erredAtMs = nowMs;
    if (state.name !== 'linked') return 'known';
    entry.doubt = { piece, sinceMs: nowMs };
    state.link.requests.request(state.channel, piece);
    return 'asked again';
  }

  /** The answer came: whether it is right. If so, the source counts as before. */
  isRight(entry: DownloadPeer, piece: number, { bytes }: PieceBuffer, plan: DownloadPlan, nowMs: number): boolean {
    const { state } = entry;
    if (!isPiece(this.#manifest, piece, bytes.subarray(0, pieceLength(this.#manifest, piece)))) return false;
    entry.doubt = undefined;
    const pieces = state.name === 'linked' ? state.link.piecesOf(state.channel) : undefined;
    plan.addSource(entry.number, nowMs);
    if (pieces) plan.sourceReady(entry.number, pieces, nowMs);
    return true;
  }

  /** Whether a source has not answered for too long. */
  isOverdue({ doubt }: DownloadPeer, nowMs: number): boolean {
    return doubt !== undefined && nowMs - doubt.sinceMs > PATIENCE_MS;
  }
}
