import {
  formatEndpoint,
  isLoopbackAddress,
  OPTIONAL_EVENTS,
  ShoalError,
  TRACKER_PROTOCOL,
  type TrackerLocation,
  type TrackerResult,
} from '../../protocol/index.js';
import { VERSION } from '../api/version.js';
import type { KnownTrackers } from '../local/known-trackers.js';
import { throwIfAborted } from '../util/abort.js';
import type { DrawnLookupOptions } from './drawn-lookup.js';
import { type FingerprintCheck, PinnedAgent } from './pinned-agent.js';
import { TrackerClock } from './tracker-clock.js';
import { TrackerSocket } from './tracker-socket.js';

export type Hello = TrackerResult<'hello'>;

/** An established connection: the tracker's identity and its answer to `hello`. */
export interface Online {
  readonly location: TrackerLocation;
  readonly fingerprint: string;
  readonly hello: Hello;
  /** The tracker's clock. */
  readonly clock: TrackerClock;
  readonly agent: PinnedAgent;
  /** Whether the tracker is on this computer. Only then may peers be, too. */
  readonly isLoopback: boolean;
  /** The IP address of the tracker that this connection leads to. */
  readonly remoteAddress: string;
  /** The IP address of this computer that this connection begins at. */
  readonly localAddress: string;
}

/** Whether a tracker offers something beyond version 0.1. */
export function offers({ hello }: Pick<Online, 'hello'>, what: string): boolean {
  return hello.offers?.includes(what) ?? false;
}

/** Time from name resolution to the answer to `hello`. A slower server is not a tracker, or not a usable one. */
const ANSWER_TIMEOUT_MS = 20_000;

/** Codes which show only that nothing answered. All other codes describe the server that answered. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  'ABORTED',
  'DISCONNECTED',
  'PROTOCOL_ERROR',
  'TIMEOUT',
  'TRACKER_UNREACHABLE',
]);

/** A connection to a tracker that answered `hello`. */
export interface Met {
  readonly socket: TrackerSocket;
  readonly online: Online;
}

export interface Meeting {
  readonly location: TrackerLocation;
  readonly known: KnownTrackers;
  /** Checks the key, in addition to the comparison with the given or remembered fingerprint. */
  readonly check: FingerprintCheck;
  readonly signal: AbortSignal;
  readonly answerTimeoutMs?: number;
  /** Which addresses of a name are dialled. */
  readonly resolving?: DrawnLookupOptions;
}

/**
 * Connects to a location, and calls `hello`. A new tracker is remembered once it has answered as one.
 * @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INCOMPATIBLE`, `SHUTTING_DOWN`, `ABORTED`, or the errors of
 * `check`
 */
export async function meetTracker(meeting: Meeting): Promise<Met> {
  const { location, known, check, signal, answerTimeoutMs = ANSWER_TIMEOUT_MS, resolving } = meeting;
  let fingerprint = '';
  const agent = new PinnedAgent((shown) => {
    known.check(location, shown);
    check(shown);
    fingerprint = shown;
  }, resolving);
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), answerTimeoutMs);
  let socket: TrackerSocket | undefined;
  try {
    const within = AbortSignal.any([signal, tooLate.signal]);
    socket = await TrackerSocket.open(location, agent, within);
    const clock = new TrackerClock();
    const askedAtMs = performance.now();
    const me = { protocol: TRACKER_PROTOCOL, client: `shoal-sdk/${VERSION}`, accepts: [...OPTIONAL_EVENTS] };
    const hello = await socket.call('hello', me, within);
    clock.set(hello.nowMs, askedAtMs);
    await known.remember(location, fingerprint);
    throwIfAborted(signal);
    if (socket.endedBy) throw socket.endedBy;
    const { remoteAddress, localAddress } = agent;
    const isLoopback = isLoopbackAddress(remoteAddress);
    const place = { isLoopback, remoteAddress, localAddress };
    return { socket, online: { location, fingerprint, hello, clock, agent, ...place } };
  } catch (error) {
    socket?.destroy();
    agent.destroy();
    throwIfAborted(signal);
    if (error instanceof ShoalError && !NO_ANSWER.has(error.code)) throw error;
    const why = tooLate.signal.aborted ? `no answer within ${answerTimeoutMs / 1000} s` : reasonOf(error);
    throw notMet(location, why, fingerprint !== '', error);
  } finally {
    clearTimeout(timer);
  }
}

function notMet({ host, port }: TrackerLocation, why: string, hasKey: boolean, cause: unknown): ShoalError {
  const address = formatEndpoint(host, port);
  const message = hasKey
    ? `The server at ${address} is not a Shoal tracker (${why}): check the port, and that the tracker runs.`
    : `No tracker answers at ${address} (${why}): check address and port, and that it runs.`;
  return new ShoalError('TRACKER_UNREACHABLE', message, { cause });
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  const isOtherProtocol = cause instanceof Error && 'code' in cause && /^(EPROTO|ERR_SSL_)/.test(String(cause.code));
  return isOtherProtocol ? 'what listens there does not speak TLS' : message.replace(/[.:]?\s*$/, '');
}
