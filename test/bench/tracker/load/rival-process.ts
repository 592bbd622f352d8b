import { createServer as createPlainServer, type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { WebSocket, WebSocketServer } from 'ws';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import type { NodeAsked, NodeTold } from './node.js';

/** A process with a `bittorrent-tracker` that answers over WebSocket only, with or without TLS. */

interface RivalModule {
  readonly default: new (options: object) => { readonly ws: WebSocketServer };
}

const { module, isSecure } = JSON.parse(process.argv[2] ?? '{}') as { module: string; isSecure: boolean };
const { default: Server } = (await import(pathToFileURL(module).href)) as RivalModule; // as its documentation says
const { ws } = new Server({ udp: false, http: false, stats: false, ws: { noServer: true } });
const { privateKeyPem, certificatePem } = await createTlsIdentity('bench');
const http = isSecure ? createServer({ key: privateKeyPem, cert: certificatePem }) : createPlainServer();
http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
  ws.handleUpgrade(request, socket, head, (client: WebSocket) => ws.emit('connection', client, request)),
);
http.listen(0, '127.0.0.1', () => {
  const { port } = http.address() as AddressInfo;
  process.send?.({ kind: 'listening', url: `ws://127.0.0.1:${port}` } satisfies NodeTold);
});
process.on('disconnect', () => process.exit(1)); // the bench was killed
process.on('message', (asked: NodeAsked) => {
  if (asked === 'stop') process.exit(0);
});
