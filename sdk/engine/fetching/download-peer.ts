import type { Source } from '../../protocol/index.js';
import type { DownloadPlan } from '../../transfer/index.js';
import type { ConnectionEnd } from '../peers/channel-handler.js';
import type { DownloadConnection } from '../peers/download-connection.js';
import type { SourceProgress } from '../progress.js';
import { backOffMs } from '../util/back-off.js';

/** A source's place in one download, under its number in the plan. */
export interface DownloadPeer {
  source: Source;
  readonly number: number;
  /** How often in a row it was tried in vain. */
  attempts: number;
  linkedAtMs: number;
  /** When it sent a wrong piece for the first time. */
  erredAtMs: number | undefined;
  /** The piece that it is asked for once more, for it sent a wrong one: it is not asked for others meanwhile. */
  doubt: { readonly piece: number; readonly sinceMs: number } | undefined;
  state:
    | { readonly name: 'linked'; readonly link: DownloadConnection; readonly channel: number }
    | { readonly name: 'resting'; readonly untilMs: number }
    | { readonly name: 'gone' }
    | { readonly name: 'banned' };
  bytes: number;
  pieces: number;
}

export function newDownloadPeer(source: Source, number: number, state: DownloadPeer['state']): DownloadPeer {
  const none = { attempts: 0, linkedAtMs: 0, erredAtMs: undefined, doubt: undefined, bytes: 0, pieces: 0 };
  return { source, number, state, ...none };
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** Who was there for so long, or gave a piece, was not tried in vain. */
const LONG_MS = 30_000;

/** linked -> resting: it is tried again later, and later each time. */
export function rest(entry: DownloadPeer, nowMs: number, random: () => number): void {
  if (nowMs - entry.linkedAtMs >= LONG_MS) entry.attempts = 0;
  const untilMs = nowMs + backOffMs(entry.attempts++, FIRST_RETRY_MS, LAST_RETRY_MS, random);
  entry.state = { name: 'resting', untilMs };
}

const STATES = {
  connecting: 'connecting',
  ready: 'ready',
  snubbed: 'stalled',
  gone: 'gone',
  banned: 'banned',
} as const;

/** What a source has given so far, and how it stands. */
export function reportSource(entry: DownloadPeer, plan: DownloadPlan | undefined, nowMs: number): SourceProgress {
  const { deviceId, userId } = entry.source;
  const planned = entry.state.name === 'linked' ? plan?.sourceStats(entry.number, nowMs) : undefined;
  const state = entry.state.name === 'banned' ? 'banned' : planned ? STATES[planned.state.name] : 'gone';
  const { bytes, pieces } = entry;
  return { deviceId, userId, state, bytes, pieces, bytesPerSecond: planned?.bytesPerSecond ?? 0 };
}

/** Whom a connection leads to, for the log. */
export function nameOf({ source: { userId, deviceId } }: Pick<DownloadPeer, 'source'>): string {
  return `${userId} (device ${deviceId.slice(0, 12)})`;
}

/** Why a source is no longer to be had, for the log. */
export function describeEnd(reason: ConnectionEnd): string {
  switch (reason.kind) {
    case 'refused':
      return reason.code;
    case 'turnedAway':
      return 'it does not take the ticket';
    case 'lost':
      return reason.message;
  }
}
