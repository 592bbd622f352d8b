import { EventEmitter } from 'eventemitter3';
import { backOffMs } from '../../program/index.js';
import {
  type Endpoint,
  isLoopbackAddress,
  ShoalError,
  TRACKER_EVENTS,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../protocol/index.js';
import { abortError, closedError } from '../util/abort.js';
import type { Logger } from '../util/logger.js';
import { CallHold } from './call-hold.js';
import { changeNode } from './node-change.js';
import { isOffline } from './offline.js';
import type { StandIns } from './stand-ins.js';
import type { Met, Online } from './tracker-meeting.js';
import type { TrackerSearch } from './tracker-search.js';
import type { TrackerSocket } from './tracker-socket.js';

type LinkEvents = { [E in TrackerEventName]: [TrackerEvent<E>] } & {
  lost: [ShoalError];
  /** The tracker is still unreachable, for another reason than last reported. */
  away: [ShoalError];
};

/** How a session is restored: after a lost connection, or at another node without one. */
export type Restoring = 'returned' | 'moved';

interface Connected extends Met {
  readonly name: 'online';
  /** Ends with the connection. */
  readonly over: AbortController;
  isLeaving: boolean;
}

type State =
  | { readonly name: 'idle' }
  | Connected
  | { readonly name: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly name: 'connecting'; readonly stop: AbortController; readonly isRetry: boolean }
  | { readonly name: 'closed' };

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 30_000;
/** Without a network, a try costs nobody anything, and the next one must be soon after it is there again. */
const LAST_RETRY_OFFLINE_MS = 4000;

/** Codes which only show that the tracker is unreachable. */
const PLAINLY_AWAY: ReadonlySet<string> = new Set(['TRACKER_UNREACHABLE', 'DISCONNECTED', 'SHUTTING_DOWN', 'TIMEOUT']);

/** The connection to the tracker. It reconnects by itself. */
export class TrackerLink extends EventEmitter<LinkEvents> {
  readonly #search: TrackerSearch;
  readonly #logger: Logger;
  /** Restores the session at every later connection. If it fails, the link reconnects again. */
  readonly #restore: (how: Restoring) => Promise<void>;
  readonly #hold = new CallHold();
  #state: State = { name: 'idle' };
  #attempt = 0;
  /** Why the tracker is unreachable, after a first connection. */
  #awayBecause: ShoalError | undefined;
  #told = '';

  constructor(search: TrackerSearch, logger: Logger, restore: (how: Restoring) => Promise<void>) {
    super();
    this.#search = search;
    this.#logger = logger;
    this.#restore = restore;
  }

  get standIns(): StandIns {
    return this.#search.standIns;
  }

  /** The nodes of the connected tracker, as it told. */
  get nodes(): readonly Endpoint[] {
    return this.#state.name === 'online' ? this.#search.nodesOf(this.#state.online) : [];
  }

  get online(): Online | undefined {
    return this.#state.name === 'online' ? this.#state.online : undefined;
  }

  /** Why the tracker is unreachable; undefined while connected, and before the first connection. */
  get awayBecause(): ShoalError | undefined {
    return this.#awayBecause;
  }

  /** @throws ShoalError `DISCONNECTED`, `CLOSED` */
  requireOnline(): Online {
    if (this.#state.name === 'online') return this.#state.online;
    throw this.#notOnline();
  }

  /**
   * Connects now, and replaces a scheduled or running attempt. If it fails, the link retries later.
   * @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INCOMPATIBLE`, `CLOSED`, `ABORTED`
   */
  async connect(signal?: AbortSignal): Promise<void> {
    if (this.#state.name === 'online') return;
    if (this.#isClosed()) throw this.#notOnline();
    const stop = this.#begin(false);
    try {
      await this.#open(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
    } catch (error) {
      if (this.#isTrying(stop)) {
        if (this.#awayBecause) this.#retryLater(ShoalError.from(error, 'TRACKER_UNREACHABLE'));
        else this.#state = { name: 'idle' };
      }
      throw error;
    }
  }

  /** @throws ShoalError the tracker's errors, or `DISCONNECTED` while it is unreachable */
  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>> {
    return this.#hold.pass(method, signal, () => {
      if (this.#state.name === 'online') return this.#state.socket.call(method, params, signal);
      return Promise.reject(this.#notOnline());
    });
  }

  /**
   * The computer is in another network, or slept. A connection whose own address is gone ends at once, and any other one
   * unless the tracker answers soon; an attempt to reconnect begins anew.
   * @param hasAddress whether an interface of this computer has the address
   */
  networkChanged(hasAddress: (address: string) => boolean): void {
    const state = this.#state;
    if (state.name === 'online') {
      const { localAddress } = state.online;
      if (isLoopbackAddress(localAddress) || hasAddress(localAddress)) state.socket.check();
      else state.socket.destroy();
    } else if (state.name === 'waiting' || (state.name === 'connecting' && state.isRetry)) {
      this.#attempt = 0;
      void this.#retry();
    }
  }

  /** Transfers run, for which the tracker matters: if nothing was heard of it for some seconds, it is asked whether it is still there. */
  checkIfQuiet(): void {
    if (this.#state.name === 'online') this.#state.socket.checkIfQuiet();
  }

  close(): void {
    const state = this.#state;
    this.#state = { name: 'closed' };
    if (state.name === 'online') {
      void state.socket.close();
      state.online.agent.destroy();
    }
    this.#end(state);
  }

  #notOnline(): ShoalError {
    if (this.#isClosed()) return closedError();
    const why = this.#awayBecause;
    if (!why) return new ShoalError('DISCONNECTED', 'There is no connection to the tracker yet: connect first.');
    const more = PLAINLY_AWAY.has(why.code) ? '' : ` ${why.message}`;
    const message = `The tracker is unreachable: the client keeps reconnecting; transfers continue.${more}`;
    return new ShoalError('DISCONNECTED', message, { cause: why });
  }

  /** Ends the attempt of a former state. */
  #end(state: State): void {
    if (state.name === 'waiting') clearTimeout(state.timer);
    if (state.name === 'connecting') state.stop.abort();
    if (state.name === 'online') state.over.abort();
  }

  #begin(isRetry: boolean): AbortController {
    const stop = new AbortController();
    const before = this.#state;
    this.#state = { name: 'connecting', stop, isRetry };
    this.#end(before);
    return stop;
  }

  /** Whether this attempt is still the current one. */
  #isTrying(stop: AbortController): boolean {
    return this.#state.name === 'connecting' && this.#state.stop === stop;
  }

  async #open(signal: AbortSignal): Promise<void> {
    const met = await this.#search.find(signal);
    if (signal.aborted) {
      met.socket.destroy();
      met.online.agent.destroy();
      throw abortError(signal);
    }
    this.#enter(met);
  }

  #enter({ socket, online }: Met): void {
    const state: Connected = { name: 'online', socket, online, over: new AbortController(), isLeaving: false };
    this.#state = state;
    this.#attempt = 0;
    this.#awayBecause = undefined;
    this.#search.entered(online);
    for (const name of Object.keys(TRACKER_EVENTS) as TrackerEventName[]) {
      socket.on(name, ((event: never) => this.emit(name, ...([event] as never))) as never);
    }
    socket.on('stopping', (event) => void this.#leave(state, event));
    socket.once('closed', (error) => this.#onLost(socket, error));
  }

  /** The node stops: the client goes to another one. */
  async #leave(from: Connected, event: TrackerEvent<'stopping'>): Promise<void> {
    if (this.#state !== from || from.isLeaving) return;
    from.isLeaving = true;
    const { signal } = from.over;
    let entered: TrackerSocket | undefined;
    const enter = (met: Met) => {
      this.#enter(met);
      entered = met.socket;
    };
    const parts = { search: this.#search, hold: this.#hold, logger: this.#logger, from, signal, enter };
    try {
      await changeNode({ ...parts, restore: () => this.#restore('moved') }, event);
    } catch (error) {
      if (signal.aborted && !entered) return; // the connection was lost before, which is handled
      this.#logger.debug(`The other node of the tracker is left again: ${ShoalError.from(error).message}`);
      entered?.destroy();
    }
  }

  #onLost(socket: TrackerSocket, error: ShoalError): void {
    if (this.#state.name !== 'online' || this.#state.socket !== socket) return;
    this.#state.online.agent.destroy();
    this.#state.over.abort();
    this.#logger.warn(`The tracker is lost: ${error.message}`);
    this.#search.forgetOthers();
    this.#told = this.#newsOf(error);
    this.#retryLater(error);
    this.emit('lost', error);
  }

  #retryLater(error: ShoalError): void {
    const lastMs = isOffline(error) ? LAST_RETRY_OFFLINE_MS : LAST_RETRY_MS;
    const delayMs = backOffMs(this.#attempt++, FIRST_RETRY_MS, lastMs, Math.random);
    this.#state = { name: 'waiting', timer: setTimeout(() => void this.#retry(), delayMs) };
    if (error.code === 'ABORTED' && this.#awayBecause) return; // a caller aborted, not the tracker
    this.#awayBecause = error;
    const news = this.#newsOf(error);
    if (news === this.#told) return;
    this.#told = news;
    this.#logger.warn(error.message);
    this.emit('away', error);
  }

  /**
   * A key for reports: only a change is reported. Another server that answers is a change; another kind of
   * unreachability is not.
   */
  #newsOf({ code, message }: ShoalError): string {
    return PLAINLY_AWAY.has(code) ? `away ${this.#search.others.length > 0}` : `${code} ${message}`;
  }

  async #retry(): Promise<void> {
    if (this.#isClosed()) return;
    const attempt = this.#attempt;
    const stop = this.#begin(true);
    let reached: TrackerSocket | undefined;
    try {
      await this.#open(stop.signal);
      reached = this.#reached();
      await this.#restore('returned');
    } catch (thrown) {
      const isMine = reached ? this.#reached() === reached : this.#isTrying(stop);
      if (!isMine) return; // closed, replaced, or lost again and already reported
      const error = ShoalError.from(thrown, 'TRACKER_UNREACHABLE');
      this.#logger.debug(`The tracker is still away: ${error.message}`);
      this.#attempt = attempt;
      this.#retryLater(error);
      reached?.destroy();
    }
  }

  #reached(): TrackerSocket | undefined {
    return this.#state.name === 'online' ? this.#state.socket : undefined;
  }

  #isClosed(): boolean {
    return this.#state.name === 'closed';
  }
}
