import { EventEmitter } from 'eventemitter3';
import {
  JSONRPCClient,
  JSONRPCErrorException,
  type JSONRPCErrorResponse,
  type JSONRPCID,
  type JSONRPCResponse,
} from 'json-rpc-2.0';
import { WebSocket } from 'ws';
import * as z from 'zod';
import {
  formatEndpoint,
  isErrorCode,
  MAX_TRACKER_MESSAGE_BYTES,
  RPC_ERROR_DATA,
  RPC_SHOAL_ERROR,
  ShoalError,
  TRACKER_EVENTS,
  TRACKER_METHODS,
  TRACKER_SOCKET_PATH,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerLocation,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../protocol/index.js';
import { untilAborted } from './abort.js';
import type { PinnedAgent } from './pinned-agent.js';

type SocketEvents = { [E in TrackerEventName]: [TrackerEvent<E>] } & { closed: [ShoalError] };

const CALL_TIMEOUT_MS = 30_000;
/** A tracker pings every 15 seconds; one that is silent for three times as long is gone. */
const SILENT_FOR_MS = 45_000;

const NOTIFICATION = z.object({ method: z.string(), params: z.unknown(), id: z.undefined().optional() });

/** One connection to a tracker: calls that are answered, and events. Everything that comes in is parsed by its schema. */
export class TrackerSocket extends EventEmitter<SocketEvents> {
  readonly #socket: WebSocket;
  readonly #rpc: JSONRPCClient;
  #silence: NodeJS.Timeout | undefined;
  #closed: ShoalError | undefined;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    this.#rpc = new JSONRPCClient((request) => socket.send(JSON.stringify(request)));
    socket.on('message', (data, isBinary) => this.#onMessage(isBinary ? undefined : String(data)));
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
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerParams<M>,
    signal?: AbortSignal,
  ): Promise<TrackerResult<M>> {
    if (this.#closed) throw this.#closed;
    try {
      const answer: unknown = await untilAborted(
        this.#rpc.timeout(CALL_TIMEOUT_MS, timedOut).request(method, params),
        signal,
      );
      return this.#parseResult(method, answer);
    } catch (error) {
      throw this.#closed ?? toShoalError(error);
    }
  }

  close(): void {
    this.#socket.close(1000);
    setTimeout(() => this.#socket.terminate(), 1000).unref();
  }

  destroy(): void {
    this.#socket.terminate();
  }

  #parseResult<M extends TrackerMethod>(method: M, answer: unknown): TrackerResult<M> {
    const parsed = TRACKER_METHODS[method].result.safeParse(answer);
    if (parsed.success) return parsed.data as TrackerResult<M>; // the schema of this very method
    throw new ShoalError(
      'PROTOCOL_ERROR',
      `The tracker answered ${method} in a form that this version does not know: update the older of the two.`,
    );
  }

  #onMessage(text: string | undefined): void {
    this.#heard();
    const message = text === undefined ? undefined : parseJson(text);
    const notification = NOTIFICATION.safeParse(message);
    if (!notification.success) {
      // The library matches answers to calls by their id; what matches none is dropped there.
      if (typeof message === 'object' && message !== null && 'id' in message)
        this.#rpc.receive(message as JSONRPCResponse);
      return;
    }
    const { method, params } = notification.data;
    if (!isEventName(method)) return; // a newer tracker's event
    const event = TRACKER_EVENTS[method].safeParse(params);
    if (event.success) this.emit(method, ...([event.data] as never));
  }

  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#socket.terminate(), SILENT_FOR_MS);
  }

  #onClose(reason: string): void {
    clearTimeout(this.#silence);
    this.#closed = new ShoalError(
      'DISCONNECTED',
      `The tracker is away${reason && ` (${reason})`}: it is tried again and again; transfers go on.`,
    );
    this.#rpc.rejectAllPendingRequests(this.#closed.message);
    this.emit('closed', this.#closed);
  }
}

function isEventName(name: string): name is TrackerEventName {
  return Object.hasOwn(TRACKER_EVENTS, name);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function timedOut(id: JSONRPCID): JSONRPCErrorResponse {
  const message = 'The tracker does not answer: try again in a moment.';
  return { jsonrpc: '2.0', id, error: { code: RPC_SHOAL_ERROR, message, data: { code: 'TIMEOUT' } } };
}

function toShoalError(thrown: unknown): ShoalError {
  if (thrown instanceof JSONRPCErrorException) {
    const data = RPC_ERROR_DATA.safeParse(thrown.data);
    if (data.success && isErrorCode(data.data.code)) return new ShoalError(data.data.code, thrown.message);
    return new ShoalError('PROTOCOL_ERROR', `The tracker did not understand: ${thrown.message}`);
  }
  return ShoalError.from(thrown, 'PROTOCOL_ERROR');
}
