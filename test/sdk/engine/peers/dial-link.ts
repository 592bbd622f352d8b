import { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import type { PeerTransport } from '../../../../sdk/engine/peers/transport.js';
import type { PieceBuffers } from '../../../../sdk/engine/storage/piece-buffers.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';
import type { Source } from '../../../../sdk/protocol/index.js';

/** A connection that is dialled at once, without a dial guard. */
export function dialLink(
  source: Source,
  transport: PeerTransport,
  buffers: PieceBuffers,
  ticket: string,
): DownloadConnection {
  const ends = { onSettled: () => {}, onEnd: () => {} };
  const context = { transport, clock: SYSTEM_CLOCK, buffers, ticketFor: () => ticket, ...ends };
  const link = new DownloadConnection(source, context);
  link.dial();
  return link;
}
