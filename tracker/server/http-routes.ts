import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeManifest, type ErrorCode, MAX_MANIFEST_BYTES, ShoalError } from '@shoal/sdk/protocol';
import type { Logger } from 'pino';
import type { Accounts } from '../accounts/accounts.js';
import type { Store } from '../store/store.js';
import { RETRY_AFTER_S, storeIsAway } from '../store/store-errors.js';
import type { Swarm } from '../swarm/swarm.js';
import { addressKey } from './budgets/address.js';
import type { AddressBudgets } from './budgets/address-budgets.js';
import type { UploadRoom } from './budgets/upload-room.js';
import type { Door } from './connections/door.js';
import type { NodeStop } from './connections/node-stop.js';
import type { Metrics } from './metrics.js';

export interface HttpContext {
  readonly store: Store;
  readonly swarm: Pick<Swarm, 'check'>;
  readonly accounts: Accounts;
  readonly budgets: AddressBudgets;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly door: Pick<Door, 'guest'>;
  readonly uploads: UploadRoom;
  readonly stop: Pick<NodeStop, 'isBegun'>;
  readonly now: () => number;
}

/** Minimum progress of an upload, so that a slow one does not occupy the room of others: bytes per interval. */
const MIN_BYTES_A_CHECK = 640 * 1024;
const CHECK_EVERY_MS = 10_000;
/** Time for the database to answer whoever asks for readiness. A request that needs it waits longer. */
const READY_TIMEOUT_MS = 4000;

/** Answers plain HTTP: manifests, health, metrics. */
export async function handleHttp(
  request: IncomingMessage,
  response: ServerResponse,
  context: HttpContext,
): Promise<void> {
  try {
    const pathname = pathOf(request.url);
    const manifestId = /^\/manifests\/([0-9a-f]{64})$/.exec(pathname)?.[1];
    if (manifestId && request.method === 'PUT') await putManifest(manifestId, request, response, context);
    else if (manifestId && request.method === 'GET') await getManifest(manifestId, request, response, context);
    else if (request.method === 'GET' && pathname === '/healthz') reply(response, 200, 'text/plain', 'alive\n');
    else if (request.method === 'GET' && pathname === '/readyz') await tellReady(response, context);
    else if (request.method === 'GET' && pathname === '/metrics') {
      reply(response, 200, context.metrics.contentType, await context.metrics.text());
    } else throw new HttpError(404, 'INVALID_ARGUMENT', 'There is nothing here.');
  } catch (error) {
    refuse(response, error, context.log);
  }
}

/** The path of a request; undefined if it is malformed, for example `//`. */
function pathOf(url = '/'): string {
  const base = 'https://tracker';
  return URL.canParse(url, base) ? new URL(url, base).pathname : '';
}

class HttpError extends Error {
  readonly status: number;
  readonly code: ErrorCode;

  constructor(status: number, code: ErrorCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function putManifest(
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  context: HttpContext,
): Promise<void> {
  const { userId } = await requireUser(request, context);
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (!Number.isInteger(length)) throw new HttpError(411, 'INVALID_ARGUMENT', 'State the length of the manifest.');
  if (length > MAX_MANIFEST_BYTES)
    throw new HttpError(413, 'FILE_TOO_LARGE', `A manifest has at most ${MAX_MANIFEST_BYTES} bytes.`);
  const address = addressKey(request.socket.remoteAddress ?? '');
  await context.store.admitManifest(userId, length);
  await context.budgets.spend('manifestBytesPerAddress', address, length);
  const gone = new AbortController();
  request.once('close', () => gone.abort());
  const leave = await context.uploads.enter({ userId, address }, length, gone.signal);
  try {
    const bytes = await readBody(request, length);
    const manifest = decodeManifest(bytes);
    if (manifest.id !== id)
      throw new HttpError(
        422,
        'MANIFEST_INVALID',
        'That is the manifest of another file: upload the one with this id.',
      );
    const { sizeBytes } = manifest;
    await context.store.putManifest({ manifestId: id, sizeBytes, bytes, userId, nowMs: context.now() });
  } finally {
    leave();
  }
  reply(response, 204, 'text/plain', '');
}

async function getManifest(
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  context: HttpContext,
): Promise<void> {
  const { userId } = await requireUser(request, context);
  const bytes = await context.store.readManifest(id, userId);
  if (!bytes) throw new HttpError(404, 'MANIFEST_MISSING', 'No file of your groups has that manifest.');
  reply(response, 200, 'application/octet-stream', bytes);
}

async function tellReady(response: ServerResponse, { store, swarm, stop }: HttpContext): Promise<void> {
  if (stop.isBegun) throw new HttpError(503, 'SHUTTING_DOWN', 'The tracker is stopping.');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(storeIsAway(new Error('no answer in time'))), READY_TIMEOUT_MS).unref();
  });
  await Promise.race([store.check(), late]).finally(() => clearTimeout(timer));
  await swarm.check();
  reply(response, 200, 'text/plain', 'ready\n');
}

async function requireUser(request: IncomingMessage, { accounts, door }: HttpContext): Promise<{ userId: string }> {
  const token = /^Bearer ([\w-]{1,128})$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw new HttpError(401, 'NOT_LOGGED_IN', 'You are not signed in: sign in first.');
  const user = await accounts.resume(token);
  door.guest(request.socket).stage = 'known';
  return user;
}

/** Reads at most the declared length. Memory grows with the received bytes, not with the declared ones. */
async function readBody(request: IncomingMessage, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let received = 0;
  const read = async () => {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > length) break;
      chunks.push(chunk);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_, reject) => {
    let before = 0;
    timer = setInterval(() => {
      if (received - before < MIN_BYTES_A_CHECK)
        reject(new HttpError(408, 'TIMEOUT', 'The upload is too slow: try again over a faster connection.'));
      before = received;
    }, CHECK_EVERY_MS).unref();
  });
  try {
    await Promise.race([read(), tooSlow]);
  } finally {
    clearInterval(timer);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length !== length) throw new HttpError(400, 'INVALID_ARGUMENT', 'The upload ended early: try again.');
  return bytes;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  NOT_LOGGED_IN: 401,
  NOT_A_MEMBER: 403,
  QUOTA_EXCEEDED: 403,
  RATE_LIMITED: 429,
  NO_SPACE: 503,
  DISK_ERROR: 503,
  UNAVAILABLE: 503,
  DATA_DIR_NEWER: 503,
  SWARM_UNREACHABLE: 503,
};

function refuse(response: ServerResponse, error: unknown, log: Logger): void {
  const [status, code, message] =
    error instanceof HttpError
      ? [error.status, error.code, error.message]
      : error instanceof ShoalError
        ? [STATUS[error.code] ?? 422, error.code, error.message]
        : [500, 'INTERNAL', 'The tracker failed: try again, or ask its operator to check the log.'];
  if (status >= 500 && code !== 'UNAVAILABLE' && code !== 'SHUTTING_DOWN')
    log.error({ err: error }, 'an HTTP request failed');
  if (code === 'UNAVAILABLE') response.setHeader('retry-after', RETRY_AFTER_S);
  // The rest of a refused upload is not read: the connection ends with the answer.
  response.setHeader('connection', 'close');
  reply(response, status, 'application/json', JSON.stringify({ code, message }));
}

function reply(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/**
 * Whether the request does not come from a page of another site: browsers send the origin of the page, and Shoal's
 * clients send none.
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || origin === `https://${host}`;
}
