import { readFile } from 'node:fs/promises';
import { EventEmitter } from 'eventemitter3';
import {
  isLoopbackAddress,
  OPTIONAL_EVENTS,
  parseTrackerInfo,
  parseTrackerUrl,
  ShoalError,
  TRACKER_EVENTS,
  TRACKER_PROTOCOL,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerLocation,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../protocol/index.js';
import { backOffMs } from '../engine/index.js';
import { throwIfAborted } from './abort.js';
import type { KnownTrackers } from './known-trackers.js';
import type { Logger } from './options.js';
import { PinnedAgent } from './pinned-agent.js';
import { TrackerSocket } from './tracker-socket.js';
import { VERSION } from './version.js';

export type Hello = TrackerResult<'hello'>;

/** A connection that is up: who is at the other end, and what it said first. */
export interface Online {
  readonly location: TrackerLocation;
  readonly fingerprint: string;
  readonly hello: Hello;
  /** How far the tracker's clock is ahead of this device's, milliseconds. */
  readonly clockOffsetMs: number;
  readonly agent: PinnedAgent;
  /** Whether it was reached on this computer: only then peers are, too. */
  readonly isLoopback: boolean;
}

type LinkEvents = { [E in TrackerEventName]: [TrackerEvent<E>] } & { lost: [ShoalError] };

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'online'; readonly socket: TrackerSocket; readonly online: Online }
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout; readonly error: ShoalError }
  | { readonly name: 'connecting' }
  | { readonly name: 'closed' };

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;

/** Finds the trackers that an application names. @throws ShoalError `TRACKER_INVALID` */
export async function locateTrackers(tracker: string | TrackerLocation): Promise<TrackerLocation[]> {
  if (typeof tracker !== 'string') return [tracker];
  if (/^\w+:\/\//.test(tracker)) return [parseTrackerUrl(tracker)];
  try {
    return parseTrackerInfo(await readFile(tracker, 'utf8'));
  } catch (error) {
    if (error instanceof ShoalError) throw error;
    throw new ShoalError('TRACKER_INVALID', `${tracker} cannot be read: give a tracker_info.txt or wss://host:port.`, {
      cause: error,
    });
  }
}

/** The connection to the tracker, which comes back by itself when it is lost. */
export class TrackerLink extends EventEmitter<LinkEvents> {
  readonly #locations: readonly TrackerLocation[];
  readonly #known: KnownTrackers;
  readonly #logger: Logger;
  /** Restores what a new connection lacks, after every reconnect; when it fails, the connection is tried anew. */
  readonly #restore: () => Promise<void>;
  #state: State = { name: 'idle' };
  #attempt = 0;

  constructor(
    locations: readonly TrackerLocation[],
    known: KnownTrackers,
    logger: Logger,
    restore: () => Promise<void>,
  ) {
    super();
    this.#locations = locations;
    this.#known = known;
    this.#logger = logger;
    this.#restore = restore;
  }

  get online(): Online | undefined {
    return this.#state.name === 'online' ? this.#state.online : undefined;
  }

  /** @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INCOMPATIBLE`, `ABORTED` */
  async connect(signal?: AbortSignal): Promise<void> {
    if (this.#state.name === 'online') return;
    if (this.#state.name === 'waiting') clearTimeout(this.#state.timer);
    this.#state = { name: 'connecting' };
    try {
      await this.#open(signal);
    } catch (error) {
      if (!this.#isClosed()) this.#state = { name: 'idle' };
      throw error;
    }
  }

  /** @throws ShoalError the tracker's own, or `DISCONNECTED` while it is away */
  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>> {
    if (this.#state.name === 'online') return this.#state.socket.call(method, params, signal);
    const error =
      this.#state.name === 'closed'
        ? new ShoalError('CLOSED', 'This client is closed: make a new one.')
        : this.#state.name === 'idle'
          ? new ShoalError('DISCONNECTED', 'There is no connection to the tracker yet: connect first.')
          : new ShoalError(
              'DISCONNECTED',
              'The tracker is away: it is tried again and again; transfers go on meanwhile.',
            );
    return Promise.reject(error);
  }

  close(): void {
    const state = this.#state;
    this.#state = { name: 'closed' };
    if (state.name === 'online') {
      state.socket.close();
      state.online.agent.destroy();
    } else if (state.name === 'waiting') {
      clearTimeout(state.timer);
    }
  }

  async #open(signal?: AbortSignal): Promise<void> {
    let last: unknown;
    for (const location of this.#locations) {
      throwIfAborted(signal);
      try {
        await this.#openAt(location, signal);
        return;
      } catch (error) {
        if (error instanceof ShoalError && error.code !== 'TRACKER_UNREACHABLE') throw error;
        last = error;
      }
    }
    throw last;
  }

  async #openAt(location: TrackerLocation, signal?: AbortSignal): Promise<void> {
    let fingerprint = '';
    const agent = new PinnedAgent(async (shown) => {
      await this.#known.check(location, shown);
      fingerprint = shown;
    });
    const socket = await TrackerSocket.open(location, agent);
    try {
      const askedAtMs = Date.now();
      const me = { protocol: TRACKER_PROTOCOL, client: `shoal-sdk/${VERSION}`, accepts: [...OPTIONAL_EVENTS] };
      const hello = await socket.call('hello', me, signal);
      const clockOffsetMs = hello.nowMs - Math.round((askedAtMs + Date.now()) / 2);
      if (this.#isClosed()) throw new ShoalError('CLOSED', 'This client is closed.');
      const isLoopback = isLoopbackAddress(agent.remoteAddress);
      this.#state = {
        name: 'online',
        socket,
        online: { location, fingerprint, hello, clockOffsetMs, agent, isLoopback },
      };
      this.#attempt = 0;
    } catch (error) {
      socket.destroy();
      throw error;
    }
    for (const name of Object.keys(TRACKER_EVENTS) as TrackerEventName[]) {
      socket.on(name, ((event: never) => this.emit(name, ...([event] as never))) as never);
    }
    socket.once('closed', (error) => this.#onLost(socket, error));
  }

  #onLost(socket: TrackerSocket, error: ShoalError): void {
    if (this.#state.name !== 'online' || this.#state.socket !== socket) return;
    this.#state.online.agent.destroy();
    this.#logger.warn(`The tracker is lost: ${error.message}`);
    this.#retryLater(error);
    this.emit('lost', error);
  }

  #retryLater(error: ShoalError): void {
    const delayMs = backOffMs(this.#attempt++, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random);
    this.#state = { name: 'waiting', error, timer: setTimeout(() => void this.#retry(), delayMs) };
  }

  async #retry(): Promise<void> {
    if (this.#isClosed()) return;
    const attempt = this.#attempt;
    this.#state = { name: 'connecting' };
    try {
      await this.#open();
      await this.#restore();
    } catch (thrown) {
      if (this.#isClosed()) return;
      const error = ShoalError.from(thrown, 'TRACKER_UNREACHABLE');
      this.#logger.debug(`The tracker is still away: ${error.message}`);
      this.#attempt = attempt;
      const reached = this.#reached();
      this.#retryLater(error);
      reached?.socket.destroy();
    }
  }

  #reached(): (State & { name: 'online' }) | undefined {
    return this.#state.name === 'online' ? this.#state : undefined;
  }

  #isClosed(): boolean {
    return this.#state.name === 'closed';
  }
}
