import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { TlsIdentity } from '../../identity/index.js';
import { peerDeviceId, peerTlsOptions } from './peer-tls.js';

/** Connections at once, all in all. */
const MAX_CONNECTIONS = 1024;
/** Connections of one device, the oldest goes first: it needs one, but after a broken line the old one may take a while to be noticed. */
const MAX_CONNECTIONS_A_DEVICE = 4;
/** Connections that have not shown a ticket yet; a new one beyond that pushes out the oldest. */
const MAX_STRANGERS = 256;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Accepts peer connections: those that finish the handshake and show a device key are passed on. */
export class PeerListener {
  readonly #server: Server;
  /** Oldest first, by remote address and port. */
  readonly #strangers = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();
  /** Those that finished the handshake, oldest first. */
  readonly #byDevice = new Map<string, Set<TLSSocket>>();

  constructor(identity: TlsIdentity, onPeer: (socket: TLSSocket, deviceId: string) => void) {
    this.#server = createServer({
      ...peerTlsOptions(identity),
      requestCert: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('secureConnection', (socket) => {
      const deviceId = peerDeviceId(socket);
      if (!deviceId) {
        socket.destroy();
        return;
      }
      this.#enter(deviceId, socket);
      onPeer(socket, deviceId);
    });
    // A failed handshake concerns nobody here: the other end hears of it.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Rejects with the system's error when the address cannot be had. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 511 }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {}); // an accept that fails (too many open files) is tried again by the system
        const address = this.#server.address();
        if (address && typeof address === 'object') resolve(address);
        else reject(new Error('the server has no address'));
      });
    });
  }

  /** The connection has shown a ticket: it is no stranger any more. */
  admitted(socket: TLSSocket): void {
    this.#strangers.delete(remoteKey(socket));
  }

  /** Ends every connection, at once; goes on listening. */
  disconnectAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.disconnectAll();
  }

  #onConnection(socket: Socket): void {
    const key = remoteKey(socket);
    this.#sockets.add(socket);
    this.#strangers.set(key, socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#strangers.get(key) === socket) this.#strangers.delete(key);
    });
    if (this.#strangers.size <= MAX_STRANGERS) return;
    const [oldest] = this.#strangers.values();
    oldest?.destroy();
  }

  #enter(deviceId: string, socket: TLSSocket): void {
    const sockets = this.#byDevice.get(deviceId) ?? new Set();
    this.#byDevice.set(deviceId, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#byDevice.delete(deviceId);
    });
    const [oldest] = sockets;
    if (sockets.size > MAX_CONNECTIONS_A_DEVICE) oldest?.destroy();
  }
}

function remoteKey(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
