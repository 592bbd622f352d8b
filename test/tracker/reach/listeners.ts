import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { peerTlsOptions, type TlsIdentity } from '../../../sdk/identity/index.js';

/** Something that listens on loopback, and counts what comes. */
export class Listener {
  /** Connections until now. */
  connections = 0;
  /** First bytes of each of them. */
  readonly received: Buffer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** A peer that shows its key to whoever connects, and wants to see another one. */
  static async peer(identity: TlsIdentity): Promise<Listener> {
    const server = createServer({ ...peerTlsOptions(identity), requestCert: true });
    server.on('tlsClientError', () => {});
    server.on('secureConnection', (socket) => socket.on('error', () => {}));
    return new Listener(server).#listen();
  }

  /** A service that speaks no TLS, keeps what it receives, and answers as such a service would. */
  static async victim(): Promise<Listener> {
    const listener: Listener = new Listener(
      createTcpServer((socket) =>
        socket.on('data', (chunk: Buffer) => {
          listener.received.push(chunk);
          socket.end('-ERR unknown command\r\n');
        }),
      ),
    );
    return listener.#listen();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }
}
