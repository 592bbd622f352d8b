import { EventEmitter } from 'eventemitter3';
import { WebSocket } from 'ws';
import {
  formatEndpoint,
  MAX_TRACKER_MESSAGE_BYTES,
  ShoalError,
  TRACKER_SOCKET_PATH,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerLocation,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../protocol/index.js';
import { abortError } from '../util/abort.js';
import { CallPacer } from './call-pacer.js';
import type { PinnedAgent } from './pinned-agent.js';
import { TrackerCalls } from './tracker-calls.js';

type SocketEvents = { [E in TrackerEventName]: [TrackerEvent<E>] } & { closed: [ShoalError] };

/** A tracker pings every 15 seconds. One that is silent for longer is asked whether it is still there, and has this time to answer. */
const SILENT_FOR_MS = 20_000;
const PATIENCE_MS = 5000;
/** While it matters now, it is asked sooner, and has less time: a router that lost its connections is noticed after seven seconds. */
const QUIET_FOR_MS = 3000;
const QUIET_PATIENCE_MS = 4000;

/** One connection to a tracker, with calls and events. */
export class TrackerSocket extends EventEmitter<SocketEvents> {
  readonly #socket: WebSocket;
  readonly #calls: TrackerCalls;
  readonly #pacer = new CallPacer();
  #underWay = 0;
  readonly #onIdle: (() => void)[] = [];
  #silence: NodeJS.Timeout | undefined;
  /** Runs while an answer to `check` is expected. */
  #patience: NodeJS.Timeout | undefined;
  #endedBy: ShoalError | undefined;
  #heardAtMs = 0;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    this.#calls = new TrackerCalls({
      send: (text) => socket.send(text),
      event: (name, event) => this.emit(name, ...([event] as never)),
    });
    socket.on('message', (data, isBinary) => {
      this.#heard();
      if (!isBinary) this.#calls.receive(String(data));
    });
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => {
      clearTimeout(this.#patience);
      this.#patience = undefined;
      this.#heard();
    });
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', (_code, reason) => this.#onClose(reason.toString()));
    this.#heard();
  }

  /** @throws Error if no WebSocket opens there, the errors of the agent's check, or ShoalError `ABORTED` */
  static open(location: TrackerLocation, agent: PinnedAgent, signal?: AbortSignal): Promise<TrackerSocket> {
    const address = formatEndpoint(location.host, location.port);
    const socket = new WebSocket(`wss://${address}${TRACKER_SOCKET_PATH}`, {
      agent,
      maxPayload: MAX_TRACKER_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    return new Promise<TrackerSocket>((resolve, reject) => {
      const stop = () => {
        if (signal) reject(abortError(signal));
        socket.terminate();
      };
      socket.on('error', reject);
      socket.once('close', () => signal?.removeEventListener('abort', stop));
      socket.once('open', () => {
        signal?.removeEventListener('abort', stop);
        socket.off('error', reject);
        resolve(new TrackerSocket(socket));
      });
      signal?.addEventListener('abort', stop);
      if (signal?.aborted) stop();
    });
  }

  /** @throws ShoalError the tracker's errors, `DISCONNECTED`, `TIMEOUT`, `ABORTED`, `PROTOCOL_ERROR` */
  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>> {
    this.#underWay++;
    return this.#pacer
      .run(method, signal, () => this.#calls.call(method, params, signal))
      .finally(() => {
        if (--this.#underWay === 0) for (const done of this.#onIdle.splice(0)) done();
      });
  }

  /** Resolves when no call is under way, and whoever made one has its answer; at once if the connection is closed. */
  async idle(): Promise<void> {
    while (this.#underWay > 0 && !this.#endedBy) {
      await new Promise<void>((resolve) => this.#onIdle.push(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Why the connection is closed; undefined while it is open. */
  get endedBy(): ShoalError | undefined {
    return this.#endedBy;
  }

  /** Ends the connection unless the tracker answers soon. What arrived before does not count. */
  check(patienceMs = PATIENCE_MS): void {
    if (this.#endedBy || this.#patience) return;
    this.#patience = setTimeout(() => this.#socket.terminate(), patienceMs);
    this.#socket.ping();
  }

  /** Like `check`, if nothing was heard for some seconds. It may be called often. */
  checkIfQuiet(): void {
    if (performance.now() - this.#heardAtMs >= QUIET_FOR_MS) this.check(QUIET_PATIENCE_MS);
  }

  /** Resolves when the tracker knows that it is closed, or after a second. */
  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#socket.close(1000);
    setTimeout(() => this.#socket.terminate(), 1000).unref();
    return this.#endedBy ? Promise.resolve() : closed;
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #heard(): void {
    this.#heardAtMs = performance.now();
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.check(), SILENT_FOR_MS);
  }

  #onClose(reason: string): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#patience);
    const error = new ShoalError(
      'DISCONNECTED',
      `The tracker is unreachable${reason && ` (${reason})`}: the client keeps reconnecting; transfers continue.`,
    );
    this.#endedBy = error;
    this.#calls.end(error);
    for (const done of this.#onIdle.splice(0)) done();
    this.emit('closed', error);
  }
}
