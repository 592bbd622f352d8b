import type { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import { DownloadConnections } from '../../../../sdk/engine/peers/download-connections.js';
import type { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import type { PeerTransport } from '../../../../sdk/engine/transport/transport.js';
import { SYSTEM_CLOCK } from '../../../../sdk/engine/util/clock.js';
import type { Source } from '../../../../sdk/protocol/index.js';
import { ANY_ADDRESS } from '../../../support/any-address.js';
import { GROUP } from '../support.js';

/** A connection of a device that has no other one. */
export function dialLink(
  source: Source,
  transport: PeerTransport,
  buffers: PieceBuffers,
  ticket: string,
): DownloadConnection {
  const links = new DownloadConnections({
    ...{ transport, buffers, clock: SYSTEM_CLOCK, random: Math.random, rules: ANY_ADDRESS },
    ticketFor: () => ticket,
    ask: () => {},
  });
  return links.link(source, GROUP);
}
