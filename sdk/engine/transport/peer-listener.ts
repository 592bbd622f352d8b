import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { TlsIdentity } from '../../identity/index.js';
import { encodePreamble } from '../../protocol/index.js';
import type { Cancel } from '../util/clock.js';
import { AwaitedMeetings } from './awaited-meetings.js';
import { readFirstBytes } from './first-bytes.js';
import { peerDeviceId, peerTlsOptions } from './peer-tls.js';
import { connectPlain } from './plain-socket.js';
import type { ServedCall, ServedPeer } from './transport.js';

/** Total concurrent connections. */
const MAX_CONNECTIONS = 1024;
/**
 * Concurrent connections of one device; the oldest is closed first. A device needs one, but a broken one may take a while to be detected.
 */
const MAX_CONNECTIONS_A_DEVICE = 4;
/** Connections that have not presented a ticket yet; a new one beyond the limit evicts the oldest. */
const MAX_STRANGERS = 256;
/** Time for the first bytes, and for the handshake after them. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The address of every interface, and the one that stands for it where there is no IPv6. */
const ANY_ADDRESS = '::';
const ANY_IPV4_ADDRESS = '0.0.0.0';
const LACKS_IPV6: ReadonlySet<string | undefined> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/**
 * Accepts peer connections, and passes on those that complete the handshake and present a device key. A connection that begins with a
 * preamble belongs to a meeting: there this device is the TLS client.
 */
export class PeerListener {
  readonly #server: Server;
  readonly #tlsServer: TlsServer;
  readonly #meetings = new AwaitedMeetings();
  /** Connections without a ticket, by their two ends, oldest first. */
  readonly #strangers = new Map<string, Socket>();
  readonly #sockets = new Set<Socket>();
  /** Connections that completed the handshake, oldest first. */
  readonly #byDevice = new Map<string, Set<TLSSocket>>();
  /** Connections that this device opened for a peer, by their two ends, until their handshake. */
  readonly #served = new Map<string, ServedPeer>();

  constructor(identity: TlsIdentity, onPeer: (socket: TLSSocket, deviceId: string) => void) {
    this.#server = createServer((socket) => this.#onConnection(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#tlsServer = createTlsServer({
      ...peerTlsOptions(identity),
      requestCert: true,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    this.#tlsServer.on('secureConnection', (socket) => {
      const deviceId = peerDeviceId(socket);
      if (!deviceId || !this.#isExpected(socket, deviceId)) {
        socket.destroy();
        return;
      }
      this.#enter(deviceId, socket);
      onPeer(socket, deviceId);
    });
    // The remote end reports a failed handshake; this end ignores it.
    this.#tlsServer.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** Rejects with the system's error if the address is not available. Listens at every IPv4 address where there is no IPv6. */
  async listen(host: string, port: number): Promise<AddressInfo> {
    try {
      return await this.#listen(host, port);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      if (host !== ANY_ADDRESS || !LACKS_IPV6.has(code)) throw error;
      return this.#listen(ANY_IPV4_ADDRESS, port);
    }
  }

  /** Waits for a peer's connection in a meeting. Its socket is not admitted before {@link admitted}. */
  await(onSocket: (socket: Socket) => void): { named(meeting: string): void; cancel(): void } {
    return this.#meetings.await(onSocket);
  }

  /** Dials a peer that asked for it, or a relay, and serves the peer on that connection. Returns a function that gives up before that. */
  serve(call: ServedCall): Cancel {
    const socket = connectPlain(call.address);
    let giveUp: Cancel | undefined;
    let reason = 'it hung up';
    socket.on('error', (error) => (reason = error.message));
    socket.once('connect', () => {
      socket.write(encodePreamble(call.preamble));
      giveUp = this.serveOn(socket, call);
    });
    socket.once('close', () => {
      if (!giveUp) call.onFailed(reason);
    });
    return () => (giveUp ? giveUp() : socket.destroy());
  }

  /** Serves a peer that asked for it, on a connection to it. Returns a function that gives up before that. */
  serveOn(socket: Socket, peer: ServedPeer): Cancel {
    const key = endsOf(socket);
    let reason = 'it hung up';
    this.#served.set(key, peer);
    socket.on('error', (error) => (reason = error.message));
    socket.once('close', () => {
      if (this.#served.get(key) !== peer) return;
      this.#served.delete(key);
      peer.onFailed(reason);
    });
    this.#enterStranger(socket);
    this.#tlsServer.emit('connection', socket);
    return () => {
      if (this.#served.get(key) === peer) socket.destroy();
    };
  }

  /** The connection presented a ticket, or is the one of a meeting. */
  admitted(socket: Socket): void {
    this.#strangers.delete(endsOf(socket));
  }

  /** Ends every connection at once, but continues to listen. */
  disconnectAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.disconnectAll();
  }

  #listen(host: string, port: number): Promise<AddressInfo> {
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

  #onConnection(socket: Socket): void {
    socket.on('error', () => {}); // the close that follows is handled
    this.#enterStranger(socket);
    readFirstBytes(socket, HANDSHAKE_TIMEOUT_MS, {
      onTls: () => this.#tlsServer.emit('connection', socket),
      onPreamble: (preamble) => this.#meetings.came(preamble, socket),
    });
  }

  #enterStranger(socket: Socket): void {
    const key = endsOf(socket);
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

  /** Whether it is the device for which this device opened the connection, if it did. */
  #isExpected(socket: TLSSocket, deviceId: string): boolean {
    const key = endsOf(socket);
    const peer = this.#served.get(key);
    if (!peer) return true;
    if (peer.deviceId !== deviceId) return false;
    this.#served.delete(key);
    peer.onServed();
    return true;
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

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
