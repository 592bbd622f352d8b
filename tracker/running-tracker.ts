import { createServer, type Server } from 'node:https';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import {
  type Endpoint,
  formatEndpoint,
  MAX_TRACKER_MESSAGE_BYTES,
  type Preamble,
  ShoalError,
  TRACKER_SOCKET_PATH,
} from '@shoal/sdk/protocol';
import { type Logger, pino } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { Accounts } from './accounts/accounts.js';
import type { PasswordHasher } from './accounts/passwords.js';
import type { DataFolder } from './data/data-folder.js';
import { MemberLists } from './methods/member-lists.js';
import { tellMissed } from './methods/members.js';
import { RpcServer } from './methods/rpc-server.js';
import { Untold } from './methods/untold.js';
import { gateways } from './reach/gateways.js';
import { ReachServices } from './reach/reach-services.js';
import { Sites } from './reach/sites.js';
import { plainAddress } from './server/budgets/address.js';
import { AddressBudgets } from './server/budgets/address-budgets.js';
import { DEFAULT_LIMITS, type TrackerLimits } from './server/budgets/limits.js';
import { UploadRoom } from './server/budgets/upload-room.js';
import { Connection } from './server/connections/connection.js';
import { ConnectionHub } from './server/connections/connection-hub.js';
import { Door } from './server/connections/door.js';
import { NodeStop } from './server/connections/node-stop.js';
import { Pings } from './server/connections/pings.js';
import { putFrontBefore } from './server/front.js';
import { handleHttp, isOwnOrigin } from './server/http-routes.js';
import { Metrics } from './server/metrics.js';
import { Deliveries } from './server/outgoing/deliveries.js';
import { UnreadTotal } from './server/outgoing/unread.js';
import { Slices } from './server/slices.js';
import { SWEEP_EVERY_MS, Sweeper } from './server/sweeper.js';
import { TicketKeyWatch } from './server/ticket-key-watch.js';
import { MemorySwarm } from './swarm/memory-swarm.js';
import type { Swarm } from './swarm/swarm.js';

const SEEN_AT_ONE_ADDRESS =
  'everybody seems to connect from this address, as behind a proxy or in a container: addresses in local networks are withheld, ' +
  "and this address is not dialled. Let the tracker see its clients' addresses, in a container with the network of its host";
/** Errors of a computer without IPv6. */
const NO_IPV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);
/** All nodes know the next key of tickets long before it signs. */
const READ_KEYS_EVERY_MS = 60_000;
/**
 * From the first byte of a request to its last: time for the wait for room and for the largest manifest over a slow
 * link.
 */
const UPLOAD_TIMEOUT_MS = 5 * 60_000;

export interface RunningOptions {
  readonly logger?: Logger | undefined;
  readonly limits?: Partial<TrackerLimits> | undefined;
  /** Opened for this tracker, which closes it. Default: in memory. */
  readonly swarm?: Swarm | undefined;
  /** Where clients dial this node, as it tells them. */
  readonly announce?: Endpoint | undefined;
}

/** A tracker that listens, and all that it consists of. */
export class RunningTracker {
  readonly #folder: DataFolder;
  readonly #swarm: Swarm;
  readonly #limits: TrackerLimits;
  readonly #log: Logger;
  readonly #accounts: Accounts;
  readonly #hub: ConnectionHub;
  readonly #reaching: ReachServices;
  readonly #untold: Untold;
  readonly #rpc: RpcServer;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  #nextConnectionId = 1;
  readonly #connections = new Set<Connection>();
  readonly #door: Door;
  readonly #stop: NodeStop;
  readonly #keyWatch: TicketKeyWatch;
  readonly #sweeper: Sweeper;
  readonly #deliveries = new Deliveries();
  readonly #unread: UnreadTotal;
  readonly #pings: Pings;
  readonly #timers: NodeJS.Timeout[] = [];
  #closing: Promise<void> | undefined;
  #isClosed = false;

  constructor(folder: DataFolder, { limits, logger, swarm, announce }: RunningOptions, passwords: PasswordHasher) {
    this.#folder = folder;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#swarm = swarm ?? new MemorySwarm(this.#limits.announcesPerDevice, Math.random, announce);
    this.#log = logger ?? pino({ enabled: false });
    const sites = new Sites({ gateways, onProxy: (address) => this.#log.warn({ address }, SEEN_AT_ONE_ADDRESS) });
    this.#hub = new ConnectionHub(this.#swarm, this.#limits.devicesPerUser, sites, {
      onGone: (deviceId) => this.#reaching.reach.leave(deviceId),
      onTrouble: (err) => this.#log.error({ err }, 'a connection could not be ended in order'),
      isValid: (token) => this.#accounts.holds(token),
    });
    this.#door = new Door(this.#limits);
    this.#pings = new Pings(this.#limits.pingEveryMs);
    this.#stop = new NodeStop({ swarm: this.#swarm, limits: this.#limits, connections: this.#connections });
    this.#unread = new UnreadTotal(this.#limits.unreadBytesInAll);
    const now = Date.now;
    const { identity, tickets, readTicketKeys, store } = folder;
    const connections = this.#connections;
    this.#keyWatch = new TicketKeyWatch({ tickets, readTicketKeys, connections, now, log: this.#log });
    this.#sweeper = new Sweeper(store, this.#log);
    this.#accounts = new Accounts(store, now, passwords, this.#swarm.limits?.guesses);
    const metrics = new Metrics(store, this.#swarm, {
      connections: () => this.#connections.size,
      relaySessions: () => this.#reaching.relay?.sessions ?? 0,
      relayPlaces: () => this.#reaching.relay?.places ?? 0,
      meetingsOpen: () => this.#reaching.meetings.open,
    });
    const shared = { store, accounts: this.#accounts, now };
    const budgets = new AddressBudgets(this.#limits, () => performance.now(), this.#swarm.limits);
    const parts = { identity, budgets, sites, metrics, limits: this.#limits };
    this.#reaching = new ReachServices({ ...parts, swarm: this.#swarm, hub: this.#hub, log: this.#log });
    const { reach, meetings, turns, onMeeting } = this.#reaching;
    const members = new MemberLists(store);
    this.#untold = new Untold({
      tell: (groupId) => tellMissed(groupId, members, this.#swarm),
      onTrouble: (what, err) => this.#log.warn({ err }, what),
    });
    const context = {
      ...shared,
      members,
      untold: this.#untold,
      ...{ sites, reach, meetings, turns, onMeeting },
      reachOffers: () => this.#reaching.offers(),
      swarm: this.#swarm,
      hub: this.#hub,
      tickets,
      limits: this.#limits,
      budgets,
      slices: new Slices(),
      fingerprint: identity.id,
      meetingPlace: announce && isIP(announce.host) !== 0 ? announce : undefined,
      stop: this.#stop,
    };
    this.#rpc = new RpcServer(context, metrics, this.#log);
    const http = {
      ...shared,
      swarm: this.#swarm,
      budgets,
      metrics,
      log: this.#log,
      door: this.#door,
      uploads: new UploadRoom(),
      stop: this.#stop,
    };
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
    putFrontBefore(this.#server, {
      enter: (socket) => this.#door.enter(socket),
      take: (socket, preamble) => this.#takePreamble(socket, preamble),
    });
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
      await this.#bind(host, port).catch((error: NodeJS.ErrnoException) => {
        if (host !== '::' || !NO_IPV6.has(error.code ?? '')) throw error;
        return this.#bind('0.0.0.0', port);
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
    this.#every(SWEEP_EVERY_MS, () => void this.#sweeper.sweep());
    this.#every(READ_KEYS_EVERY_MS, () => void this.#keyWatch.look());
    await this.#sweeper.sweep();
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new ShoalError('LISTEN_FAILED', 'The server has no address.');
    this.#log.info({ host: address.address, port: address.port, fingerprint: this.#folder.identity.id }, 'listening');
    return address;
  }

  #bind(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 511 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#log.info({ connections: this.#connections.size }, 'stopping');
    await this.#stop.sendAway();
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#pings.close();
    await this.#reaching.close();
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
    this.#untold.close();
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
      port: carrier.remotePort ?? 0,
      local: { host: plainAddress(carrier.localAddress), port: carrier.localPort ?? 0 },
      limits: this.#limits,
      deliveries: this.#deliveries,
      unread: this.#unread,
      guest: this.#door.guest(carrier),
    });
    carrier.on('data', (chunk: Buffer) => connection.received(chunk.length));
    this.#connections.add(connection);
    this.#pings.add(connection);
    this.#log.debug({ address }, 'connected');
    socket.on('message', (data, isBinary) => {
      if (isBinary || this.#isClosed)
        connection.close(isBinary ? 1003 : 1001, isBinary ? 'text only' : 'the tracker stops');
      else this.#rpc.receive(connection, String(data));
    });
    socket.on('error', (error) => this.#log.debug({ address, err: error }, 'a connection failed'));
    socket.on('close', () => {
      this.#connections.delete(connection);
      this.#pings.delete(connection);
      this.#stop.closed(connection);
      connection.closed();
      this.#log.debug({ address, userId: connection.session?.userId }, 'disconnected');
      this.#hub
        .remove(connection)
        .catch((error: unknown) => this.#log.error({ err: error }, 'a device could not be taken off'));
    });
  }

  /** Gives a connection to whoever waits for it. One for the relay is no stranger any more; one that shows a port soon ends. */
  #takePreamble(socket: Socket, preamble: Preamble): boolean {
    if (this.#isClosed) return false;
    if (preamble.kind === 'observe') return this.#reaching.punches.take(socket, preamble);
    if (!this.#reaching.relay?.take(socket, preamble)) return false;
    this.#door.guest(socket).stage = 'known';
    return true;
  }

  #every(intervalMs: number, act: () => void): void {
    this.#timers.push(setInterval(act, intervalMs).unref());
  }
}
