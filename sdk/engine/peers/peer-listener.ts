import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { TlsIdentity } from '../../identity/index.js';
import { peerDeviceId, peerTlsOptions } from './peer-tls.js';

/** Total concurrent connections. */
const MAX_CONNECTIONS = 1024;
/**
 * Concurrent connections of one device; the oldest is closed first. A device needs one, but a broken one may take a while to be detected.
 */
const MAX_CONNECTIONS_A_DEVICE = 4;
/** Connections that have not presented a ticket yet; a new one beyond the limit evicts the oldest. */
const MAX_STRANGERS = 256;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Accepts peer connections, and passes on those that complete the handshake and present a device key. */
export class PeerListener {
  readonly #server: Server;
  /** Connections without a ticket, by remote address and port, oldest first. */
  readonly #strangers = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();
  /** Connections that completed the handshake, oldest first. */
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
    // The remote end reports a failed handshake; this end ignores it.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Rejects with the system's error if the address is not available. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 511 }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', () => {}); // the system repeats a failed accept (too many open files)
        const address = this.#server.address();
        if (address && typeof address === 'object') resolve(address);
        else reject(new Error('the server has no address'));
      });
    });
  }

  /** The connection presented a ticket. */
  admitted(socket: TLSSocket): void {
    this.#strangers.delete(remoteKey(socket));
  }

  /** Ends every connection at once, but continues to listen. */
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
