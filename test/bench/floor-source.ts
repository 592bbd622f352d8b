import { once } from 'node:events';
import { openSync, readSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import * as z from 'zod';
import { peerTlsOptions } from '../../sdk/engine/transport/peer-tls.js';
import { PIECE_BYTES } from '../../sdk/protocol/index.js';
import { cpuClock, TLS } from './floor-end.js';

/** The sending end of the bare transfer: reads and writes one piece after the other. */

const ORDER = z.object({ path: z.string(), sizeBytes: z.number(), tls: TLS });

const { path, sizeBytes, tls } = ORDER.parse(JSON.parse(process.argv[2] ?? ''));
const fd = openSync(path, 'r');
const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
let cpuSeconds = cpuClock();

function serve(socket: Socket): void {
  cpuSeconds = cpuClock();
  socket.setNoDelay(true);
  socket.on('error', () => {}); // the receiving end reports whether everything arrived
  socket.resume();
  let at = 0;
  const next = (): void => {
    if (at >= sizeBytes) return;
    at += readSync(fd, buffer, 0, PIECE_BYTES, at);
    socket.write(buffer, next);
  };
  next();
}

const server = tls ? createServer(peerTlsOptions(tls), serve) : createTcpServer(serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address() as AddressInfo;
  process.send?.({ port: address.port });
});
await once(process, 'message');
process.send?.({ cpuSeconds: cpuSeconds() });
