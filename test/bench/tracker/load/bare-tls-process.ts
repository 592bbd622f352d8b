import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import { collectGarbage } from '../../collect-garbage.js';
import type { NodeAsked, NodeTold } from './node.js';

/** A server that has TLS and nothing besides: it answers a line with a line, as much as a tracker sends at a sign-in. */

const ANSWER = Buffer.alloc(1024, 'a');

const { privateKeyPem, certificatePem } = await createTlsIdentity('bench');
const sockets = new Set<TLSSocket>();
const tell = (message: NodeTold) => process.send?.(message);
const server = createServer({ key: privateKeyPem, cert: certificatePem, minVersion: 'TLSv1.2' }, (socket) => {
  sockets.add(socket);
  socket.on('data', () => socket.write(ANSWER));
  socket.on('error', () => {}); // "close" follows
  socket.on('close', () => sockets.delete(socket));
});

process.on('disconnect', () => process.exit(1)); // the bench was killed
process.on('message', (asked: NodeAsked) => {
  if (asked === 'stop') process.exit(0);
  void collectGarbage().then(() => tell({ ...process.memoryUsage(), kind: 'memory' }));
});
server.listen(0, '127.0.0.1', 511, () => {
  const { port } = server.address() as AddressInfo;
  tell({ kind: 'listening', url: `tls://127.0.0.1:${port}` });
});
