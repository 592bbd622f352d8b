import {
  RPC_SHOAL_ERROR,
  ShoalError,
  TRACKER_METHODS,
  type TrackerMethod,
  type TrackerParams,
} from '@shoal/sdk/protocol';
import {
  createJSONRPCErrorResponse,
  JSONRPCErrorCode,
  JSONRPCErrorException,
  type JSONRPCErrorResponse,
  type JSONRPCRequest,
  JSONRPCServer,
} from 'json-rpc-2.0';
import type { Logger } from 'pino';
import * as z from 'zod';
import type { Connection } from '../server/connections/connection.js';
import { EventLog } from '../server/event-log.js';
import type { Metrics } from '../server/metrics.js';
import { wrongParams } from '../server/wrong-params.js';
import { isStoreFailure, isUnconfirmed } from '../store/store-errors.js';
import { handlers, type MethodContext } from './index.js';

/** Requests that wait for a password hash. Other requests of the connection may overtake them. */
const SLOW: ReadonlySet<string> = new Set<TrackerMethod>(['createUser', 'login', 'changePassword']);

/** Answers the requests of all connections. */
export class RpcServer {
  readonly #rpc = new JSONRPCServer<Connection>({ errorListener: () => {} });
  readonly #context: MethodContext;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  readonly #events: EventLog;
  /** Connections with a request in progress. */
  readonly #served = new Set<Connection>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(context: MethodContext, metrics: Metrics, log: Logger) {
    this.#context = context;
    this.#metrics = metrics;
    this.#log = log;
    this.#events = new EventLog(log, context);
    for (const method of Object.keys(TRACKER_METHODS) as TrackerMethod[]) {
      this.#rpc.addMethod(method, (params: unknown, connection) => this.#answer(method, params, connection));
    }
    this.#rpc.mapErrorToJSONRPCErrorResponse = (id, error: unknown) => {
      if (error instanceof ShoalError)
        return createJSONRPCErrorResponse(id, RPC_SHOAL_ERROR, error.message, {
          code: error.code,
          ...(error.newest && { newest: error.newest }),
        });
      if (error instanceof JSONRPCErrorException) return createJSONRPCErrorResponse(id, error.code, error.message);
      const message = 'The tracker failed: try again, or ask its operator to check the log.';
      return createJSONRPCErrorResponse(id, RPC_SHOAL_ERROR, message, { code: 'INTERNAL' });
    };
  }

  /** Queues one message. It is answered in its turn. */
  receive(connection: Connection, text: string): void {
    connection.seen();
    connection.inbox.push(text);
    if (this.#served.has(connection)) return;
    this.#served.add(connection);
    this.#track(this.#serve(connection).finally(() => this.#served.delete(connection)));
  }

  /** Resolves when all current requests are answered. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  /**
   * Answers the requests of one connection in order, alternating with other connections, while it reads the answers.
   */
  async #serve(connection: Connection): Promise<void> {
    for (let text = connection.inbox.shift(); text !== undefined; text = connection.inbox.shift()) {
      await connection.outbox.room();
      await this.#context.slices.turn(connection);
      if (connection.isClosed) return;
      connection.seen(); // further messages may have waited behind this request
      await this.#receive(connection, text);
    }
  }

  async #receive(connection: Connection, text: string): Promise<void> {
    const request = parseRequest(text);
    if ('error' in request) {
      connection.send(request);
    } else if (!connection.admitRequest(performance.now())) {
      const message = 'Too many requests: try again in a moment.';
      connection.send(
        createJSONRPCErrorResponse(request.id ?? null, RPC_SHOAL_ERROR, message, { code: 'RATE_LIMITED' }),
      );
    } else if (SLOW.has(request.method)) {
      this.#track(connection.passwords.add(() => this.#answerTo(connection, request)));
      await connection.passwords.room();
    } else {
      await this.#answerTo(connection, request);
    }
  }

  async #answerTo(connection: Connection, request: JSONRPCRequest): Promise<void> {
    const answer = await this.#rpc.receive(request, connection);
    if (answer) connection.send(answer);
  }

  async #answer<M extends TrackerMethod>(method: M, params: unknown, connection: Connection): Promise<unknown> {
    const finish = this.#metrics.startRequest(method);
    const userId = connection.session?.userId;
    let understood: object = {};
    try {
      if (method !== 'hello' && !connection.greeted) throw new ShoalError('PROTOCOL_ERROR', 'Say hello first.');
      const parsed = TRACKER_METHODS[method].params.safeParse(params ?? {});
      if (!parsed.success) throw wrongParams(method, params, parsed.error.issues[0]?.path ?? []);
      understood = parsed.data;
      const asked = parsed.data as TrackerParams<M>; // validated by the schema of this method
      const result = await handlers[method](asked, connection, this.#context);
      finish('ok');
      this.#events.done(method, { params: asked, result }, connection, userId);
      return result;
    } catch (error) {
      finish(error instanceof ShoalError ? error.code : 'INTERNAL');
      void this.#events.refused(method, understood, error, connection);
      if (isUnconfirmed(error) && 'groupId' in understood) this.#context.untold.add(String(understood.groupId));
      if (!(error instanceof ShoalError) || (isStoreFailure(error) && error.code !== 'UNAVAILABLE'))
        this.#log.error({ err: error, method }, 'a request failed'); // the store says itself that its database is away
      throw error;
    }
  }
}

/** The used fields of a message. All others are dropped, so that no request can look like an answer of the tracker. */
const REQUEST = z.object({
  jsonrpc: z.literal('2.0'),
  method: z.string(),
  params: z.unknown().optional(),
  id: z.union([z.string(), z.number(), z.null()]).optional(),
});

/** Parses one request; returns an error answer for anything else. Batches of JSON-RPC are not supported. */
function parseRequest(text: string): JSONRPCRequest | JSONRPCErrorResponse {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return createJSONRPCErrorResponse(null, JSONRPCErrorCode.ParseError, 'The message is not JSON.');
  }
  const parsed = REQUEST.safeParse(message);
  if (!parsed.success)
    return createJSONRPCErrorResponse(null, JSONRPCErrorCode.InvalidRequest, 'The message is not a request.');
  const { id, ...rest } = parsed.data;
  return id === undefined ? rest : { ...rest, id };
}
