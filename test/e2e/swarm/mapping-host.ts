import { once } from 'node:events';
import { createServer } from 'node:net';
import { type MappedBy, type MappingState, PortMapper } from '../../../sdk/reach/portmap/index.js';
import { GREETING, HOST_PORT, ORDER } from './mapping-messages.js';

/**
 * The computer behind the router: it listens on a TCP port, and maps it by the protocols that each message names, until the next message.
 */

let mapper: PortMapper | undefined;

async function map(protocols: readonly MappedBy[]): Promise<MappingState> {
  await mapper?.close();
  if (protocols.length === 0) return { kind: 'asking' };
  return new Promise((resolve) => {
    mapper = new PortMapper({
      protocols,
      log: { debug: (message) => process.stderr.write(`${message}\n`) },
      onChange: (state) => state.kind !== 'asking' && resolve(state),
    });
    mapper.start(HOST_PORT);
  });
}

const server = createServer((socket) => socket.end(GREETING)).listen(HOST_PORT, '0.0.0.0');
await once(server, 'listening');
process.on('message', (order) => void map(ORDER.parse(order)).then((state) => process.send?.(state)));
process.once('disconnect', () => server.close());
process.send?.('ready');
