import { type Abortable, type Logger, ShoalClient, ShoalError } from '@shoal/sdk';
import { backOffMs } from '@shoal/sdk/program';
import { formatEndpoint } from '@shoal/sdk/protocol';
import type { KeptVersionsRecord, LimitsRecord, Setup, Status } from '../contract/contract.js';
import { reachRecord } from '../contract/records.js';
import type { Broadcast } from './broadcast.js';

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/** Errors that waiting does not solve. */
const FINAL: ReadonlySet<string> = new Set([
  'DATA_DIR_INVALID',
  'DATA_DIR_NEWER',
  'INVALID_ARGUMENT',
  'LISTEN_FAILED',
  'TRACKER_CHANGED',
  'TRACKER_INCOMPATIBLE',
  'TRACKER_INVALID',
]);

type Connection =
  | { readonly name: 'none' }
  | { readonly name: 'connecting'; readonly stop: AbortController }
  | { readonly name: 'open'; readonly client: ShoalClient }
  | { readonly name: 'waiting'; readonly error: ShoalError; readonly timer: NodeJS.Timeout | undefined };

/** Keeps the client of this computer connected to the chosen tracker, with its session. */
export class Supervisor {
  readonly #dataDir: string;
  readonly #logger: Logger;
  readonly #broadcast: Broadcast;
  readonly #onStanding: () => void;
  #setup: Setup = {
    ...{ tracker: null, listen: '[::]:0', advertise: null, connect: 'auto', portMapping: true, keepSharing: false },
  };
  /** Changed limits, which the next client gets too. */
  #limits: LimitsRecord = {};
  #keptVersions: KeptVersionsRecord = {};
  #connection: Connection = { name: 'none' };
  #awayBecause: ShoalError | undefined;
  /** When the tracker became unreachable; undefined while it is reachable. */
  #awaySinceMs: number | undefined;
  #session: { tracker: string; token: string } | undefined;
  #attempt = 0;
  /** The queue of changes. */
  #turn: Promise<void> = Promise.resolve();
  /** The current or last attempt to connect; it never rejects. */
  #connecting: Promise<void> = Promise.resolve();
  /** One at a time, because two windows would sign in twice. */
  #resuming: Promise<void> = Promise.resolve();

  /** @param onStanding called when the answer of `mayStay` may have changed */
  constructor(dataDir: string, logger: Logger, broadcast: Broadcast, onStanding: () => void) {
    this.#dataDir = dataDir;
    this.#logger = logger;
    this.#broadcast = broadcast;
    this.#onStanding = onStanding;
  }

  /** The client, after the first answer of the tracker or its failure. @throws ShoalError why there is none */
  async ready(): Promise<ShoalClient> {
    await this.settled();
    if (this.#connection.name === 'open') return this.#connection.client;
    if (this.#connection.name === 'waiting') throw this.#connection.error;
    throw new ShoalError('DISCONNECTED', 'No tracker is chosen yet: connect to one first.');
  }

  /** Resolves when no first answer of the tracker is pending. */
  async settled(): Promise<void> {
    await this.#turn;
    await this.#connecting;
  }

  /** Whether the agent has work without a window. */
  get mayStay(): boolean {
    return this.#setup.keepSharing && this.#connection.name === 'open' && this.#connection.client.userId !== undefined;
  }

  get status(): Status {
    const connection = this.#connection;
    const client = connection.name === 'open' ? connection.client : undefined;
    const error = connection.name === 'waiting' ? connection.error : this.#awayBecause;
    const { listenAddress: listen } = client ?? {};
    return {
      tracker: this.#setup.tracker,
      link: this.#link(error),
      problem: error ? { code: error.code, message: error.message } : null,
      awaySinceMs: this.#awaySinceMs ?? null,
      userId: client?.userId ?? null,
      deviceId: client?.deviceId ?? null,
      fingerprint: client?.trackerFingerprint ?? null,
      nodes: client?.trackerNodes ?? [],
      listen: listen ? formatEndpoint(listen.host, listen.port) : null,
      limits: client?.limits ?? null,
      keptVersions: client?.keptVersions ?? null,
      reach: client?.reach ? reachRecord(client.reach) : null,
    };
  }

  /** Connects to the tracker of the settings, unless it is connected already. */
  setUp(setup: Setup): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.#setup;
      this.#setup = setup;
      this.#onStanding();
      const isSame =
        before.tracker === setup.tracker && before.listen === setup.listen && before.advertise === setup.advertise;
      if (isSame && this.#connection.name === 'open') setWays(this.#connection.client, setup);
      if (isSame) return;
      await this.#disconnect();
      this.#connectAgain();
    });
  }

  /** Sets the limits of this client and of all later ones. */
  setLimits(limits: LimitsRecord): void {
    this.#limits = { ...this.#limits, ...limits };
    if (this.#connection.name === 'open') this.#connection.client.setLimits(limits);
    this.tellStatus();
  }

  /** Sets what this client and all later ones keep. */
  setKeptVersions(changes: KeptVersionsRecord): void {
    this.#keptVersions = { ...this.#keptVersions, ...changes };
    if (this.#connection.name === 'open') this.#connection.client.setKeptVersions(changes);
    this.tellStatus();
  }

  /** Tries to connect now. Resolves after the attempt. */
  async retry(): Promise<void> {
    if (this.#connection.name === 'open') {
      await this.#connection.client.connect().catch((error: unknown) => {
        this.#logger.debug(ShoalError.from(error).message); // the status reports it
      });
    } else if (this.#connection.name === 'waiting') {
      clearTimeout(this.#connection.timer);
      this.#attempt = 0;
      this.#connectAgain();
      await this.#connecting;
    }
  }

  /** Stores a session, and resumes it if nobody is signed in. */
  async keepSession(tracker: string, token: string): Promise<void> {
    this.#session = { tracker, token };
    if (this.#connection.name === 'open') await this.#resume(this.#connection.client);
  }

  /** A user signed in or out. */
  onSignedIn(token: string | undefined): void {
    const { tracker } = this.#setup;
    this.#session = token && tracker ? { tracker, token } : undefined;
    this.tellStatus();
    this.#broadcast.review();
  }

  tellStatus(): void {
    this.#broadcast.tell('status', this.status);
    this.#onStanding();
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#disconnect());
  }

  #link(error: ShoalError | undefined): Status['link'] {
    if (this.#connection.name === 'none' || this.#connection.name === 'connecting') return this.#connection.name;
    if (!error) return 'online';
    return FINAL.has(error.code) ? 'refused' : 'away';
  }

  #connectAgain(): void {
    this.#connecting = this.#connect();
  }

  async #connect(): Promise<void> {
    const { tracker, listen, advertise, connect, portMapping } = this.#setup;
    if (tracker === null) return this.#enter({ name: 'none' });
    const stop = new AbortController();
    this.#enter({ name: 'connecting', stop });
    const client = new ShoalClient({
      ...{ tracker, listen, connect, portMapping, dataDir: this.#dataDir, logger: this.#logger },
      ...(advertise !== null && { advertise }),
      limits: this.#limits,
      keptVersions: this.#keptVersions,
    });
    try {
      await client.connect({ signal: stop.signal });
      this.#attempt = 0;
      this.#awayBecause = undefined;
      this.#awaySinceMs = undefined;
      // before the windows are notified, so that the user does not seem signed out meanwhile
      await this.#resume(client, { signal: stop.signal });
      if (stop.signal.aborted) return await client.close();
      this.#listen(client);
      setWays(client, this.#setup); // they may have changed during the attempt
      this.#connection = { name: 'open', client };
      this.#broadcast.follow(client);
      if (client.userId === undefined) await this.#resume(client); // the session arrived during the attempt
      this.tellStatus();
    } catch (thrown) {
      await client.close();
      if (stop.signal.aborted) return;
      this.#wait(ShoalError.from(thrown));
    }
  }

  #wait(error: ShoalError): void {
    this.#logger.warn(error.message);
    this.#awaySinceMs ??= Date.now();
    const delayMs = backOffMs(this.#attempt++, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random);
    const timer = FINAL.has(error.code) ? undefined : setTimeout(() => this.#connectAgain(), delayMs);
    this.#enter({ name: 'waiting', error, timer });
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = { name: 'none' };
    this.#awayBecause = undefined;
    this.#awaySinceMs = undefined;
    if (connection.name === 'connecting') {
      connection.stop.abort();
      await this.#connecting; // until then, its client holds the data folder
    }
    if (connection.name === 'waiting') clearTimeout(connection.timer);
    if (connection.name !== 'open') return;
    connection.client.removeAllListeners();
    await connection.client.close();
    this.#broadcast.follow(undefined);
  }

  #resume(client: ShoalClient, options?: Abortable): Promise<void> {
    this.#resuming = this.#resuming.then(() => this.#takeUp(client, options));
    return this.#resuming;
  }

  async #takeUp(client: ShoalClient, options?: Abortable): Promise<void> {
    const session = this.#session;
    if (!session || session.tracker !== this.#setup.tracker || client.userId !== undefined) return;
    try {
      const { lost } = await client.resumeSession(session.token, options);
      for (const share of lost) this.#broadcast.tell('shareLost', share);
    } catch (thrown) {
      const error = ShoalError.from(thrown);
      this.#logger.warn(error.message);
      if (error.code !== 'NOT_LOGGED_IN') return;
      this.#session = undefined;
      this.#broadcast.tell('sessionEnded', { reason: 'expired' });
    }
    this.tellStatus();
    this.#broadcast.review();
  }

  #listen(client: ShoalClient): void {
    const tell = this.#broadcast.tell.bind(this.#broadcast);
    client.on('connected', (event) => {
      this.#awayBecause = undefined;
      this.#awaySinceMs = undefined;
      tell('connected', event);
      this.tellStatus();
      void this.#resume(client);
    });
    client.on('reachChanged', () => this.tellStatus());
    client.on('disconnected', ({ error }) => {
      this.#awayBecause = error;
      this.#awaySinceMs ??= Date.now();
      tell('disconnected', { code: error.code, message: error.message });
      this.tellStatus();
    });
    client.on('sessionEnded', (event) => {
      this.#session = undefined;
      tell('sessionEnded', event);
      this.tellStatus();
      this.#broadcast.review();
    });
  }

  #enter(connection: Connection): void {
    this.#connection = connection;
    this.tellStatus();
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => {}); // its caller gets the error
    return turn;
  }
}

/** Applies the ways that the user wants, if they are others than before. */
function setWays(client: ShoalClient, { connect, portMapping }: Setup): void {
  if (client.connectMode !== connect) client.setConnect(connect);
  if (client.portMapping !== portMapping) client.setPortMapping(portMapping);
}
