import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Endpoint,
  formatEndpoint,
  MAX_TRACKER_MESSAGE_BYTES,
  parseEndpoint,
  ShoalError,
  TRACKER_SOCKET_PATH,
} from '@shoal/sdk/protocol';
import { type Logger, pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { Accounts } from './accounts/accounts.js';
import { type PasswordHasher, Passwords } from './accounts/passwords.js';
import { type DataFolder, openDataFolder } from './data/data-folder.js';
import { RpcServer } from './methods/rpc-server.js';
import { plainAddress } from './server/address.js';
import { AddressBudgets } from './server/address-budgets.js';
import { Connection } from './server/connection.js';
import { ConnectionHub } from './server/connection-hub.js';
import { Deliveries } from './server/deliveries.js';
import { Door } from './server/door.js';
import { handleHttp } from './server/http-routes.js';
import { DEFAULT_LIMITS, type TrackerLimits } from './server/limits.js';
import { Metrics } from './server/metrics.js';
import { Slices } from './server/slices.js';
import { UnreadTotal } from './server/unread.js';
import { UploadRoom } from './server/upload-room.js';
import { MemorySwarm } from './swarm/memory-swarm.js';

/** Options of `startTracker`. */
export interface TrackerOptions {
  /** Address to listen at: `HOST:PORT` or an endpoint; port 0 takes any free port. Default `127.0.0.1:0`. */
  listen?: string | Endpoint;
  /** Folder for the keys and the database. One tracker at a time can use it; a second one gets `DATA_DIR_IN_USE`. */
  dataDir: string;
  /** Receives structured log messages, which never contain a password or a token. Default: no log. */
  logger?: Logger;
  /** Limits that differ from the defaults. */
  limits?: Partial<TrackerLimits>;
  /**
   * Called when another process took the data folder, for example one on another computer after this one could not
   * reach the disk for long. The tracker closes itself.
   */
  onFolderLost?: (error: ShoalError) => void;
}

/** A running tracker. */
export interface Tracker extends AsyncDisposable {
  /** Address at which it listens. */
  readonly host: string;
  /** Port at which it listens. */
  readonly port: number;
  /** The SHA-256 of its public key: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** `wss://host:port#fingerprint`, for clients. */
  readonly url: string;
  /** `<IP> <PORT> <FINGERPRINT>`, a line for a `tracker_info.txt`. */
  readonly infoLine: string;
  /**
   * Completes the current requests, closes every connection, and closes the database. A second call does nothing more.
   */
  close(): Promise<void>;
}

const SWEEP_EVERY_MS = 10 * 60_000;
const UNUSED_MANIFEST_MS = 3_600_000;
/**
 * From the first byte of a request to its last: time for the wait for room and for the largest manifest over a slow
 * link.
 */
const UPLOAD_TIMEOUT_MS = 5 * 60_000;

/**
 * Starts a tracker. It accepts connections when the promise resolves.
 * @throws ShoalError `LISTEN_FAILED`, `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_NEWER`, `PERMISSION_DENIED`,
 * `NO_SPACE`, `INVALID_ARGUMENT`
 */
export async function startTracker(options: TrackerOptions): Promise<Tracker> {
  return startTrackerWith(options, new Passwords());
}

/** As `startTracker`, with another way to hash passwords. The tracker closes it. */
export async function startTrackerWith(options: TrackerOptions, passwords: PasswordHasher): Promise<Tracker> {
  const listen = parseEndpoint(options.listen ?? '127.0.0.1:0');
  let running: RunningTracker | undefined;
  const folder = await openDataFolder(
    options.dataDir,
    { ...DEFAULT_LIMITS, ...options.limits },
    {
      onWait: (message) => options.logger?.warn(message),
      onLost: (error) => {
        options.logger?.error(error.message);
        options.onFolderLost?.(error);
        void running?.close();
      },
    },
  );
  try {
    const begun = new RunningTracker(folder, options, passwords);
    running = begun;
    const { address, port } = await begun.listen(listen.host, listen.port);
    const fingerprint = folder.identity.id;
    const close = () => begun.close();
    return {
      host: address,
      port,
      fingerprint,
      url: `wss://${formatEndpoint(address, port)}#${fingerprint}`,
      infoLine: `${address} ${port} ${fingerprint}`,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await folder.close();
    throw error;
  }
}

class RunningTracker {
  readonly #folder: DataFolder;
  readonly #swarm: MemorySwarm;
  readonly #limits: TrackerLimits;
  readonly #log: Logger;
  readonly #accounts: Accounts;
  readonly #hub: ConnectionHub;
  readonly #rpc: RpcServer;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  #nextConnectionId = 1;
  readonly #connections = new Set<Connection>();
  readonly #door: Door;
  readonly #deliveries = new Deliveries();
  readonly #unread: UnreadTotal;
  readonly #timers: NodeJS.Timeout[] = [];
  #closing: Promise<void> | undefined;
  #isSweeping = false;

  constructor(folder: DataFolder, { limits, logger }: TrackerOptions, passwords: PasswordHasher) {
    this.#folder = folder;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#swarm = new MemorySwarm(this.#limits.announcesPerDevice);
    this.#hub = new ConnectionHub(this.#swarm, this.#limits.devicesPerUser);
    this.#log = logger ?? pino({ enabled: false });
    this.#door = new Door(this.#limits);
    this.#unread = new UnreadTotal(this.#limits.unreadBytesInAll);
    const now = Date.now;
    const { identity, tickets, store } = folder;
    this.#accounts = new Accounts(store, now, passwords);
    const metrics = new Metrics(store, this.#swarm, () => this.#connections.size);
    const shared = { store, accounts: this.#accounts, now };
    const budgets = new AddressBudgets(this.#limits, () => performance.now());
    const context = {
      ...shared,
      swarm: this.#swarm,
      hub: this.#hub,
      tickets,
      limits: this.#limits,
      budgets,
      slices: new Slices(),
      fingerprint: identity.id,
    };
    this.#rpc = new RpcServer(context, metrics, this.#log);
    const http = { ...shared, budgets, metrics, log: this.#log, door: this.#door, uploads: new UploadRoom() };
    this.#server = createServer(
      {
        key: identity.privateKeyPem,
        cert: identity.certificatePem,
        minVersion: 'TLSv1.2',
        requestTimeout: UPLOAD_TIMEOUT_MS,
        headersTimeout: 15_000,
        handshakeTimeout: this.#limits.silentTimeoutMs,
      },
      (request, response) => void handleHttp(request, response, http),
    );
    this.#server.on('connection', (socket: Socket) => this.#door.enter(socket));
    const maxPayload = MAX_TRACKER_MESSAGE_BYTES;
    this.#sockets = new WebSocketServer({
      server: this.#server,
      path: TRACKER_SOCKET_PATH,
      maxPayload,
      perMessageDeflate: false,
      verifyClient: ({ origin, req }, answer) => answer(isOwnOrigin(origin, req.headers.host), 403, 'Forbidden'),
    });
    this.#sockets.on('connection', (socket, request) => this.#onConnection(socket, request.socket));
    this.#sockets.on('error', () => {}); // the HTTP server's, which says so itself
  }

  /** @throws ShoalError `LISTEN_FAILED` */
  async listen(host: string, port: number): Promise<AddressInfo> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen({ host, port, backlog: 511 }, resolve);
      });
    } catch (error) {
      await this.#accounts.close();
      const why = error instanceof Error ? error.message : String(error);
      throw new ShoalError(
        'LISTEN_FAILED',
        `Cannot listen at ${formatEndpoint(host, port)}: ${why}. Choose another address or port.`,
        { cause: error },
      );
    }
    this.#server.on('error', (error) => this.#log.warn({ err: error }, 'the server met an error'));
    this.#every(this.#limits.pingEveryMs, () => {
      for (const connection of this.#connections) connection.ping();
    });
    this.#every(SWEEP_EVERY_MS, () => void this.#sweep());
    await this.#sweep();
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new ShoalError('LISTEN_FAILED', 'The server has no address.');
    this.#log.info({ host: address.address, port: address.port, fingerprint: this.#folder.identity.id }, 'listening');
    return address;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#log.info('stopping');
    for (const timer of this.#timers) clearInterval(timer);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.race([
      this.#rpc.drained(),
      new Promise((resolve) => setTimeout(resolve, this.#limits.drainMs).unref()),
    ]);
    for (const connection of this.#connections) connection.close(1001, 'the tracker stops');
    this.#server.closeIdleConnections();
    const cut = setTimeout(() => {
      for (const connection of this.#connections) connection.terminate();
      this.#door.closeAll();
    }, 1000);
    await closed;
    clearTimeout(cut);
    await this.#accounts.close();
    await this.#swarm.close();
    await this.#folder
      .close()
      .catch((error: unknown) => this.#log.error({ err: error }, 'the data folder could not be closed in order'));
    this.#log.info('stopped');
  }

  #onConnection(socket: WebSocket, carrier: Socket): void {
    const address = plainAddress(carrier.remoteAddress);
    const connection = new Connection(socket, address, {
      id: String(this.#nextConnectionId++),
      limits: this.#limits,
      deliveries: this.#deliveries,
      unread: this.#unread,
      guest: this.#door.guest(carrier),
    });
    carrier.on('data', (chunk: Buffer) => connection.received(chunk.length));
    this.#connections.add(connection);
    this.#log.debug({ address }, 'connected');
    socket.on('message', (data, isBinary) => {
      if (isBinary || this.#closing)
        connection.close(isBinary ? 1003 : 1001, isBinary ? 'text only' : 'the tracker stops');
      else this.#rpc.receive(connection, String(data));
    });
    socket.on('error', (error) => this.#log.debug({ address, err: error }, 'a connection failed'));
    socket.on('close', () => {
      this.#connections.delete(connection);
      connection.closed();
      this.#log.debug({ address, userId: connection.session?.userId }, 'disconnected');
      this.#hub
        .remove(connection)
        .catch((error: unknown) => this.#log.error({ err: error }, 'a device could not be taken off'));
    });
  }

  async #sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      await this.#folder.store.sweep(Date.now(), Date.now() - UNUSED_MANIFEST_MS);
    } catch (error) {
      this.#log.error({ err: error }, 'the sweep failed');
    } finally {
      this.#isSweeping = false;
    }
  }

  #every(intervalMs: number, act: () => void): void {
    this.#timers.push(setInterval(act, intervalMs).unref());
  }
}

/**
 * Whether the request does not come from a page of another site: browsers send the origin of the page, and Shoal's
 * clients send none.
 */
function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin === `https://${host}`;
}
