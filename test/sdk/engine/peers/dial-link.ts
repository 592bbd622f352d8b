import { PeerLink } from '../../../../sdk/engine/peers/peer-link.js';
import type { PieceBuffers } from '../../../../sdk/engine/storage/piece-buffers.js';
import type { TlsIdentity } from '../../../../sdk/identity/index.js';
import type { Source } from '../../../../sdk/protocol/index.js';

/** A connection that is dialled at once, whatever became of others. */
export function dialLink(source: Source, identity: TlsIdentity, buffers: PieceBuffers, ticket: string): PeerLink {
  const ends = { onSettled: () => {}, onEnd: () => {} };
  const link = new PeerLink(source, { identity, buffers, ticketFor: () => ticket, ...ends });
  link.dial();
  return link;
}
