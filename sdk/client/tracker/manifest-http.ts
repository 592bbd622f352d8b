import { request } from 'node:https';
import * as z from 'zod';
import { onAbort } from '../../program/index.js';
import {
  decodeManifest,
  isErrorCode,
  MAX_INLINE_MANIFEST_BYTES,
  MAX_MANIFEST_BYTES,
  ShoalError,
} from '../../protocol/index.js';
import { abortError, throwIfAborted } from '../util/abort.js';
import { tryWhileBusy } from './call-pacer.js';
import type { Online } from './tracker-meeting.js';

/** Location of a connected tracker, and the agent that connects to it. */
type Reached = Pick<Online, 'location' | 'agent'>;

/** Manifests use HTTPS on the tracker's port: they are binary, immutable, and too large for a message. */

const REFUSAL = z.object({ code: z.string(), message: z.string().max(1000) });
const TIMEOUT_MS = 60_000;

/** A small manifest in base64url, as messages and the library contain it; undefined if it is too large for that. */
export function inlineManifest(manifest: Uint8Array): string | undefined {
  if (manifest.length > MAX_INLINE_MANIFEST_BYTES) return undefined;
  return Buffer.from(manifest).toString('base64url');
}

/** @param at where the client is connected now, which changes when its node stops */
export async function putManifest(
  at: () => Reached,
  token: string,
  id: string,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  await tryWhileBusy(
    () => exchangeWhereOnline(at, (online) => exchange(online, token, 'PUT', id, bytes, signal)),
    signal,
  );
}

/** @throws ShoalError `MANIFEST_INVALID` if the response is not the manifest with this id */
export async function getManifest(
  at: () => Reached,
  token: string,
  id: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const ask = (online: Reached) => exchange(online, token, 'GET', id, undefined, signal);
  return checkManifest(id, await tryWhileBusy(() => exchangeWhereOnline(at, ask), signal));
}

const CUT_OFF: ReadonlySet<string> = new Set(['DISCONNECTED', 'TRACKER_UNREACHABLE']);

/** Exchanges a manifest, and once more at another node of the tracker if the client went there meanwhile. */
async function exchangeWhereOnline(at: () => Reached, act: (online: Reached) => Promise<Buffer>): Promise<Buffer> {
  const first = at();
  try {
    return await act(first);
  } catch (error) {
    const isCutOff = error instanceof ShoalError && CUT_OFF.has(error.code);
    const now = isCutOff ? at() : first;
    if (now === first) throw error;
    return act(now);
  }
}

/** Returns the bytes if they are the manifest with this id. @throws ShoalError `MANIFEST_INVALID` */
export function checkManifest(id: string, bytes: Uint8Array): Uint8Array {
  if (decodeManifest(bytes).id !== id)
    throw new ShoalError('MANIFEST_INVALID', 'The tracker gave the manifest of another file.');
  return bytes;
}

async function exchange(
  online: Reached,
  token: string,
  method: 'GET' | 'PUT',
  id: string,
  body: Uint8Array | undefined,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const { host, port } = online.location;
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const call = request({
      agent: online.agent,
      host,
      port,
      method,
      path: `/manifests/${id}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body && { 'content-length': body.length, 'content-type': 'application/octet-stream' }),
      },
      timeout: TIMEOUT_MS,
    });
    const fail = (error: unknown) => reject(ShoalError.from(error, 'DISCONNECTED'));
    if (signal) {
      const onStop = () => {
        const why = abortError(signal);
        reject(why);
        call.destroy(why);
      };
      call.once('close', onAbort(signal, onStop));
    }
    call.once('error', fail);
    call.once('timeout', () =>
      call.destroy(new ShoalError('TIMEOUT', 'The tracker does not answer: try again in a moment.')),
    );
    call.once('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_MANIFEST_BYTES)
          call.destroy(new ShoalError('PROTOCOL_ERROR', 'The tracker sends more than any manifest has.'));
        else chunks.push(chunk);
      });
      response.once('error', fail);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        if (response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300)
          resolve(bytes);
        else reject(readRefusal(response.statusCode, bytes));
      });
    });
    call.end(body);
  });
}

function readRefusal(status: number | undefined, bytes: Buffer): ShoalError {
  try {
    const refusal = REFUSAL.parse(JSON.parse(bytes.toString('utf8')));
    if (isErrorCode(refusal.code)) return new ShoalError(refusal.code, refusal.message);
  } catch {
    // The response is not the tracker's: only its status is reported.
  }
  return new ShoalError('PROTOCOL_ERROR', `The tracker answered with HTTP ${status}: try again, or ask its operator.`);
}
