import { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import type { PieceBuffers } from '../../../../sdk/engine/storage/piece-buffers.js';
import type { TlsIdentity } from '../../../../sdk/identity/index.js';
import type { Source } from '../../../../sdk/protocol/index.js';

/** A connection that is dialled at once, whatever became of others. */
export function dialLink(
  source: Source,
  identity: TlsIdentity,
  buffers: PieceBuffers,
  ticket: string,
): DownloadConnection {
  const ends = { onSettled: () => {}, onEnd: () => {} };
  const link = new DownloadConnection(source, { identity, buffers, ticketFor: () => ticket, ...ends });
  link.dial();
  return link;
}
