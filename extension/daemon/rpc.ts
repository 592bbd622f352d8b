import type { Socket } from 'node:net';
import { onAbort } from '@shoal/sdk/program';
import { isErrorCode, RPC_ERROR_DATA, RPC_SHOAL_ERROR, ShoalError } from '@shoal/sdk/protocol';
import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import type * as z from 'zod';

/** The requests and events of a daemon, with the schemas that both ends use. */
export interface Contract {
  readonly methods: Readonly<Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>>;
  readonly events: Readonly<Record<string, z.ZodType>>;
}

export type MethodOf<C extends Contract> = keyof C['methods'] & string;
export type Params<C extends Contract, M extends MethodOf<C>> = z.infer<C['methods'][M]['params']>;
export type Result<C extends Contract, M extends MethodOf<C>> = z.infer<C['methods'][M]['result']>;
export type EventOf<C extends Contract> = keyof C['events'] & string;
export type Payload<C extends Contract, E extends EventOf<C>> = z.infer<C['events'][E]>;

export type Handlers<C extends Contract> = {
  [M in MethodOf<C>]: (params: Params<C, M>, signal: AbortSignal) => Result<C, M> | Promise<Result<C, M>>;
};

/** Every daemon of every version answers this, so that a newer extension can replace an older one. */
export const RETIRE = 'retire';

/** Sent to all windows before a requested end: each detaches. */
export const DISMISSED = 'dismissed';

/**
 * A JSON-RPC connection over a socket, whose errors end it. The library is passed in, because a window loads it lazily.
 */
export function talkOver(socket: Socket, jsonrpc: typeof import('vscode-jsonrpc/node')): MessageConnection {
  const reader = new jsonrpc.SocketMessageReader(socket);
  // Otherwise, the reader would report a partial message every ten seconds for ever after the other end died, and keep
  // the process alive.
  reader.partialMessageTimeout = 0;
  const connection = jsonrpc.createMessageConnection(reader, new jsonrpc.SocketMessageWriter(socket));
  connection.onError(() => {}); // it closes afterwards
  return connection;
}

/** Answers the requests of a connection. A cancelled request aborts its signal. */
export function serve<C extends Contract>(connection: MessageConnection, contract: C, handlers: Handlers<C>): void {
  for (const method of Object.keys(contract.methods) as MethodOf<C>[]) {
    connection.onRequest(method, async (params: unknown, token: CancellationToken) => {
      try {
        const parsed = contract.methods[method]?.params.safeParse(params);
        if (!parsed?.success) throw new ShoalError('INVALID_ARGUMENT', `${method} was asked for in an unknown form.`);
        const signal = abortedBy(token);
        return await handlers[method](parsed.data as Params<C, typeof method>, signal);
      } catch (error) {
        const { code, message, newest } = ShoalError.from(error);
        const { ResponseError } = await import('vscode-jsonrpc/node');
        return new ResponseError(RPC_SHOAL_ERROR, message, { code, newest });
      }
    });
  }
}

/** Sends a request to a daemon. @throws ShoalError the daemon's error, `ABORTED`, or `CLOSED` if the connection ends */
export async function ask<C extends Contract, M extends MethodOf<C>>(
  connection: MessageConnection,
  contract: C,
  method: M,
  params: Params<C, M>,
  signal?: AbortSignal,
): Promise<Result<C, M>> {
  if (signal?.aborted) throw new ShoalError('ABORTED', 'Stopped, as asked.');
  try {
    const answer: unknown = await connection.sendRequest(method, params, ...(signal ? [tokenOf(signal)] : []));
    const schema = contract.methods[method]?.result as z.ZodType<Result<C, M>> | undefined;
    const parsed = schema?.safeParse(answer);
    if (parsed?.success) return parsed.data;
  } catch (error) {
    throw toShoalError(error);
  }
  throw new ShoalError('PROTOCOL_ERROR', `${method} was answered in an unknown form: reload the window.`);
}

/** Sends an event to a window. A window that disconnects meanwhile does not affect the daemon. */
export function tell<C extends Contract>(
  window: MessageConnection,
  event: EventOf<C>,
  payload: Payload<C, EventOf<C>>,
): void {
  window.sendNotification(event, payload).catch(() => {}); // 'close' follows
}

/** Listens to an event of a daemon, and ignores malformed payloads. */
export function hear<C extends Contract, E extends EventOf<C>>(
  connection: MessageConnection,
  contract: C,
  event: E,
  listener: (payload: Payload<C, E>) => void,
): void {
  connection.onNotification(event, (params: unknown) => {
    const parsed = contract.events[event]?.safeParse(params);
    if (parsed?.success) listener(parsed.data as Payload<C, E>);
  });
}

function abortedBy(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

function tokenOf(signal: AbortSignal): CancellationToken {
  return {
    get isCancellationRequested() {
      return signal.aborted;
    },
    onCancellationRequested: (listener) => ({ dispose: onAbort(signal, () => void listener(undefined)) }),
  };
}

function toShoalError(thrown: unknown): ShoalError {
  if (thrown instanceof Error && 'data' in thrown) {
    const data = RPC_ERROR_DATA.safeParse(thrown.data);
    if (data.success && isErrorCode(data.data.code))
      return new ShoalError(data.data.code, thrown.message, { newest: data.data.newest });
  }
  if (thrown instanceof ShoalError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new ShoalError('CLOSED', `Shoal's background process went away (${message}): it is started again.`);
}
