import type { ErrorCode } from '../../protocol/index.js';
import type { Bitfield } from '../../transfer/index.js';
import type { NoWay } from '../ways/why.js';
import type { PieceHandler } from './piece-receiver.js';

/** Callbacks for one channel. */
export interface ChannelHandler extends PieceHandler {
  readonly groupId: string;
  onPieceMap(pieces: Bitfield): void;
  onHave(piece: number): void;
  /** The channel closed: the peer closed it, or the connection ended. */
  onClosed(reason: ConnectionEnd): void;
}

/** Why a channel or a connection ended. `message` is for the log; `noWay` is there if no way leads to the peer. */
export type ConnectionEnd =
  /** The peer refused this file. */
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** The peer hung up before it sent anything: it rejects the ticket. */
  | { readonly kind: 'turnedAway' }
  /** The peer is unreachable or has another device key, or the connection or the protocol broke. */
  | { readonly kind: 'lost'; readonly message: string; readonly noWay?: NoWay };

/** Whether the ticket is the reason. The peer may accept a new one. */
export function isTicketRefused(reason: ConnectionEnd): boolean {
  return reason.kind === 'turnedAway' || (reason.kind === 'refused' && reason.code === 'TICKET_REFUSED');
}
