import type { ErrorCode } from '../../protocol/index.js';
import type { Bitfield } from '../../transfer/index.js';
import type { PieceHandler } from './piece-receiver.js';

/** What a download hears of one source. */
export interface ChannelHandler extends PieceHandler {
  readonly groupId: string;
  onPieceMap(pieces: Bitfield): void;
  onHave(piece: number): void;
  /** The channel is closed: by the source, or with the whole connection. */
  onClosed(reason: ConnectionEnd): void;
}

/** Why a source is no longer to be had. */
export type ConnectionEnd =
  /** The source said no to this file. */
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** It hung up before it had said anything: it does not take the ticket. */
  | { readonly kind: 'turnedAway' }
  /** Not reachable, another device than expected, a broken connection or protocol. */
  | { readonly kind: 'lost'; readonly message: string };

/** Whether the ticket is the reason: with a new one the peer may be had again. */
export function isTicketRefused(reason: ConnectionEnd): boolean {
  return reason.kind === 'turnedAway' || (reason.kind === 'refused' && reason.code === 'TICKET_REFUSED');
}
