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

/** Calls methods of the tracker. */
export interface Caller {
  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>, signal?: AbortSignal): Promise<TrackerResult<M>>;
}

/** Sends the messages of calls, and receives events. */
export interface CallsSink {
  send(text: string): void;
  event<E extends TrackerEventName>(name: E, event: TrackerEvent<E>): void;
}

/**
 * Calls to a tracker and their answers, as text. Every incoming message is parsed by its schema. Memory is proportional
 * to the text, which the socket limits to `MAX_TRACKER_MESSAGE_BYTES`.
 */
export class TrackerCalls {
  readonly #rpc: JSONRPCClient;
  readonly #sink: CallsSink;
  #ended: ShoalError | undefined;

  constructor(sink: CallsSink) {
    this.#sink = sink;
    this.#rpc = new JSONRPCClient((request) => sink.send(JSON.stringify(request)));
  }

  /** @throws ShoalError the tracker's errors, `DISCONNECTED`, `TIMEOUT`, `ABORTED`, `PROTOCOL_ERROR` */
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

  /** Processes one incoming message. It ignores unknown messages, and never throws. */
  receive(text: string): void {
    const message = parseJson(text);
    const notification = NOTIFICATION.safeParse(message);
    if (!notification.success) {
      // The JSON-RPC library matches answers to calls by id, and drops answers without a call.
      if (typeof message === 'object' && message !== null && 'id' in message)
        this.#rpc.receive(message as JSONRPCResponse);
      return;
    }
    const { method, params } = notification.data;
    if (!isEventName(method)) return; // an event of a newer tracker
    const event = TRACKER_EVENTS[method].safeParse(params);
    if (event.success) this.#sink.event(method, event.data as never); // parsed by the schema of this event
  }

  /** The connection has ended: pending and later calls fail with this error. */
  end(error: ShoalError): void {
    this.#ended = error;
    this.#rpc.rejectAllPendingRequests(error.message);
  }
}

function parseResult<M extends TrackerMethod>(method: M, answer: unknown): TrackerResult<M> {
  const parsed = TRACKER_METHODS[method].result.safeParse(answer);
  if (parsed.success) return parsed.data as TrackerResult<M>; // parsed by the schema of this method
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
    if (data.success && isErrorCode(data.data.code))
      return new ShoalError(data.data.code, thrown.message, { newest: data.data.newest });
    if (thrown.code === JSONRPCErrorCode.MethodNotFound) {
      const text = 'The tracker has an older version without this function: ask its operator to update it.';
      return new ShoalError('TRACKER_INCOMPATIBLE', text);
    }
    return new ShoalError('PROTOCOL_ERROR', `The tracker did not understand: ${thrown.message}`);
  }
  return ShoalError.from(thrown, 'PROTOCOL_ERROR');
}
