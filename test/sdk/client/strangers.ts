import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import { createTlsIdentity, type TlsIdentity } from '../../../sdk/identity/index.js';

/** What may listen where a tracker is looked for. */
export type StrangerKind = 'mute' | 'plain' | 'silent TLS' | 'other TLS' | 'web' | 'drip' | 'silent socket' | 'echo';

/** Someone who listens at a port and is no tracker. */
export class Stranger {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Fulfilled when somebody has connected. */
  readonly visited: Promise<unknown>;

  private constructor(server: Server) {
    this.#server = server;
    this.visited = once(server, 'connection');
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
    });
    server.on('tlsClientError', () => {});
  }

  static async listen(kind: StrangerKind, identity?: TlsIdentity): Promise<Stranger> {
    const { privateKeyPem: key, certificatePem: cert } = identity ?? (await createTlsIdentity('somebody else'));
    const stranger = new Stranger(kind.endsWith('socket') || kind === 'echo' ? sockets(kind, key, cert) : bare(kind));
    stranger.#server.listen(0, '127.0.0.1');
    await once(stranger.#server, 'listening');
    return stranger;

    function bare(of: StrangerKind): Server {
      if (of === 'mute') return createServer();
      if (of === 'plain') return createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      return createTlsServer({ key, cert }, (socket) => {
        socket.on('error', () => {});
        stranger.#answer(of, socket);
      });
    }
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #answer(kind: StrangerKind, socket: TLSSocket): void {
    if (kind === 'other TLS') socket.write('220 mail.example ESMTP\r\n');
    if (kind === 'web') socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    if (kind !== 'drip') return;
    socket.write('HTTP/1.1 101 Switching Protocols\r\n');
    this.#timers.add(setInterval(() => socket.write('x-more: to come\r\n'), 20));
  }
}

function sockets(kind: StrangerKind, key: string, cert: string): Server {
  const server = createHttpsServer({ key, cert });
  new WebSocketServer({ server }).on('connection', (socket) => {
    if (kind === 'echo') socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return server;
}
