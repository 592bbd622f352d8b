import { type IncomingMessage, request } from 'node:http';
import { onAbort } from '../../../program/index.js';
import { reasonOf, within } from '../router/clock.js';
import { PortMapError } from '../router/port-map-error.js';
import type { Conversation } from '../router/router.js';

/** What a router may answer, and for how long. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_TIME_MS = 3000;

export interface HttpRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/**
 * One HTTP request to a router, on a connection of its own. It follows no redirect: the answer has the status 3xx then. An answer that
 * takes more than three seconds or has more than 64 KiB is cut off.
 * @throws PortMapError `no-answer`, or `malformed` if the answer is too long; the signal's reason
 */
export function httpRequest(
  conversation: Conversation,
  { url, method, headers = {}, body }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return within(
    conversation.clock,
    MAX_TIME_MS,
    async (limit) => {
      try {
        return await answerTo(conversation.route.localAddress, { url, method, headers, ...(body && { body }) }, limit);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PortMapError) throw error;
        if (limit.aborted) throw new PortMapError('no-answer', `${url.host} takes too long to answer.`);
        throw new PortMapError('no-answer', `${url.host} gives no whole answer.`, { cause: error });
      }
    },
    signal,
  );
}

function answerTo(
  localAddress: string,
  { url, method, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const sent = request({
      host: url.hostname,
      port: url.port === '' ? 80 : url.port,
      path: url.pathname + url.search,
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      localAddress,
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    const fail = (error: Error) => {
      leave();
      sent.destroy();
      reject(error);
    };
    const closed = () => fail(new Error('the connection was closed'));
    const leave = onAbort(signal, () => fail(reasonOf(signal)));
    sent.on('error', fail);
    sent.on('close', closed);
    sent.on('socket', (socket) => socket.unref());
    sent.on('response', (response) => {
      sent.off('close', closed); // the body may still wait to be read, and tells itself whether it is whole
      readBody(response).then((text) => {
        leave();
        resolve({ status: response.statusCode ?? 0, body: text });
        sent.destroy();
      }, fail);
    });
    sent.end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new PortMapError('malformed', 'The router sends an answer without an end.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
