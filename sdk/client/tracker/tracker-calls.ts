import {
  JSONRPCClient,
  JSONRPCErrorCode,
  JSONRPCErrorException,
  type JSONRPCErrorResponse,
  type JSONRPCID,
  type JSONRPCResponse,
} from 'json-rpc-2.0';
import * as z from 'zod';
import {
  isErrorCode,
  parseJson,
  RPC_ERROR_DATA,
  RPC_SHOAL_ERROR,
  ShoalError,
  TRACKER_EVENTS,
  TRACKER_METHODS,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../protocol/index.js';
import { untilAborted } from '../util/abort.js';

const CALL_TIMEOUT_MS = 30_000;

const NOTIFICATION = z.object({ method: z.string(), params: z.unknown(), id: z.undefined().optional() });

/** Whatever asks the tracker. */
export interface Caller {
  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>>;
}

/** Where what calls have to say goes, and events; no socket. */
export interface CallsSink {
  send(text: string): void;
  event<E extends TrackerEventName>(name: E, event: TrackerEvent<E>): void;
}

/**
 * Calls to a tracker and its answers, text in and out. Everything that comes in is parsed by its schema; what is held of it
 * is in proportion to the text, of which the socket takes `MAX_TRACKER_MESSAGE_BYTES`.
 */
export class TrackerCalls {
  readonly #rpc: JSONRPCClient;
  readonly #sink: CallsSink;
  #ended: ShoalError | undefined;

  constructor(sink: CallsSink) {
    this.#sink = sink;
    this.#rpc = new JSONRPCClient((request) => sink.send(JSON.stringify(request)));
  }

  /** @throws ShoalError the tracker's own, `DISCONNECTED`, `TIMEOUT`, `ABORTED`, or `PROTOCOL_ERROR` */
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerParams<M>,
    signal?: AbortSignal,
  ): Promise<TrackerResult<M>> {
    if (this.#ended) throw this.#ended;
    try {
      const answer: unknown = await untilAborted(
        this.#rpc.timeout(CALL_TIMEOUT_MS, timedOut).request(method, params),
        signal,
      );
      return parseResult(method, answer);
    } catch (error) {
      throw this.#ended ?? toShoalError(error);
    }
  }

  /** Takes one message as it came. Never throws: what is of no known form is passed over. */
  receive(text: string): void {
    const message = parseJson(text);
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
    if (event.success) this.#sink.event(method, event.data as never); // the schema of this very event
  }

  /** No answer comes any more: what is called fails with this, and what will be. */
  end(error: ShoalError): void {
    this.#ended = error;
    this.#rpc.rejectAllPendingRequests(error.message);
  }
}

function parseResult<M extends TrackerMethod>(method: M, answer: unknown): TrackerResult<M> {
  const parsed = TRACKER_METHODS[method].result.safeParse(answer);
  if (parsed.success) return parsed.data as TrackerResult<M>; // the schema of this very method
  throw new ShoalError(
    'PROTOCOL_ERROR',
    `The tracker answered ${method} in a form that this version does not know: update the older of the two.`,
  );
}

function isEventName(name: string): name is TrackerEventName {
  return Object.hasOwn(TRACKER_EVENTS, name);
}

function timedOut(id: JSONRPCID): JSONRPCErrorResponse {
  const message = 'The tracker does not answer: try again in a moment.';
  return { jsonrpc: '2.0', id, error: { code: RPC_SHOAL_ERROR, message, data: { code: 'TIMEOUT' } } };
}

function toShoalError(thrown: unknown): ShoalError {
  if (thrown instanceof JSONRPCErrorException) {
    const data = RPC_ERROR_DATA.safeParse(thrown.data);
    if (data.success && isErrorCode(data.data.code)) return new ShoalError(data.data.code, thrown.message);
    if (thrown.code === JSONRPCErrorCode.MethodNotFound) {
      const text = 'The tracker has an older version without this function: ask its operator to update it.';
      return new ShoalError('TRACKER_INCOMPATIBLE', text);
    }
    return new ShoalError('PROTOCOL_ERROR', `The tracker did not understand: ${thrown.message}`);
  }
  return ShoalError.from(thrown, 'PROTOCOL_ERROR');
}
