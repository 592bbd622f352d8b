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
} from '../protocol/index.js';
import { CallPacer } from './call-pacer.js';
import type { PinnedAgent } from './pinned-agent.js';
import { TrackerCalls } from './tracker-calls.js';

type SocketEvents = { [E in TrackerEventName]: [TrackerEvent<E>] } & { closed: [ShoalError] };

/** A tracker pings every 15 seconds; one that is silent for three times as long is gone. */
const SILENT_FOR_MS = 45_000;

/** One connection to a tracker: calls that are answered, and events. */
export class TrackerSocket extends EventEmitter<SocketEvents> {
  readonly #socket: WebSocket;
  readonly #calls: TrackerCalls;
  readonly #pacer = new CallPacer();
  #silence: NodeJS.Timeout | undefined;

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
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', (_code, reason) => this.#onClose(reason.toString()));
    this.#heard();
  }

  /** @throws ShoalError `TRACKER_UNREACHABLE`, or what the agent's check throws */
  static open(location: TrackerLocation, agent: PinnedAgent): Promise<TrackerSocket> {
    const address = formatEndpoint(location.host, location.port);
    const socket = new WebSocket(`wss://${address}${TRACKER_SOCKET_PATH}`, {
      agent,
      maxPayload: MAX_TRACKER_MESSAGE_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: 15_000,
    });
    return new Promise((resolve, reject) => {
      socket.once('open', () => {
        socket.removeAllListeners('error');
        resolve(new TrackerSocket(socket));
      });
      socket.once('error', (error) => {
        if (error instanceof ShoalError && error.code !== 'TRACKER_UNREACHABLE') return reject(error);
        reject(
          new ShoalError(
            'TRACKER_UNREACHABLE',
            `No tracker answers at ${address} (${error.message}): check the address, and that it runs.`,
            {
              cause: error,
            },
          ),
        );
      });
    });
  }

  /** @throws ShoalError the tracker's own, `DISCONNECTED`, `TIMEOUT`, `ABORTED`, or `PROTOCOL_ERROR` */
  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>> {
    return this.#pacer.run(method, signal, () => this.#calls.call(method, params, signal));
  }

  close(): void {
    this.#socket.close(1000);
    setTimeout(() => this.#socket.terminate(), 1000).unref();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket.terminate(), SILENT_FOR_MS);
  }

  #onClose(reason: string): void {
    clearTimeout(this.#silence);
    const error = new ShoalError(
      'DISCONNECTED',
      `The tracker is away${reason && ` (${reason})`}: it is tried again and again; transfers go on.`,
    );
    this.#calls.end(error);
    this.emit('closed', error);
  }
}
