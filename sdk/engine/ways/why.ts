import type { ErrorCode } from '../../protocol/index.js';
import type { ConnectMode } from '../network-messages.js';
import type { PeerPath, SourceProgress } from '../progress.js';
import type { Way } from './ladder.js';

/** How each way of a search ended; absent if it was not tried or is still under way. */
export type Failures = Partial<Record<Way, { readonly code?: ErrorCode; readonly message: string }>>;

/** The circumstances of a search for a stream. */
export interface Circumstances {
  readonly connect: ConnectMode;
  readonly meets: boolean;
  readonly failures: Failures;
}

/**
 * Every reason for the way to a peer, or for none: one sentence each, without variable parts, because the editor translates it. What the
 * tracker says may follow.
 */
export const WHY = {
  lan: 'It is in the same network.',
  direct: 'This device can connect to it.',
  back: 'This device cannot connect to it, so it connected to this device.',
  punched: 'Neither device can connect to the other alone, so both connected at the same time.',
  relay: 'Neither device can connect to the other, so the tracker passes the encrypted data on.',
  relayOnly: 'The setting allows the relay only.',
  searching: 'This device looks for a way to it.',
  noRelay: 'The setting allows the relay only, and it or the tracker offers none.',
  noMeeting: 'It does not answer, and it cannot be asked to connect to this device.',
  noRelayAllowed: 'It does not answer, and the setting allows no relay.',
  relayUsedUp: 'It can be reached through the relay only, and the relay is used up for now.',
  trackerAway: 'It does not answer, and the tracker, which could ask it to connect, is away.',
  missedRelay: 'It did not come to the relay.',
  missed: 'It does not answer, and it did not come to the relay.',
  broken: 'The connection broke.',
  notOffered: 'It does not offer this file any more.',
  ticketRefused: 'It refused the ticket.',
  banned: 'It sent wrong data.',
} as const;

/** Why no way leads to a peer. */
export interface NoWay {
  readonly code: NonNullable<SourceProgress['code']>;
  /** One sentence for the user. */
  readonly why: string;
}

/** Why a peer is reached this way. */
export function whyThisWay(path: Exclude<PeerPath, 'none'>, { connect }: Circumstances): string {
  return path === 'relay' && connect === 'relay' ? WHY.relayOnly : WHY[path];
}

/** Why a peer is not reached: for programs, and as one sentence. */
export function whyNoWay(circumstances: Circumstances): NoWay {
  const { relay, back, punch } = circumstances.failures;
  if (relay?.code === 'RELAY_LIMITED') return { code: 'RELAY_LIMITED', why: `${WHY.relayUsedUp} ${relay.message}` };
  if ([relay, back, punch].some((failure) => failure?.code === 'DISCONNECTED'))
    return { code: 'DISCONNECTED', why: WHY.trackerAway };
  return { code: 'PEER_UNREACHABLE', why: whyUnreachable(circumstances) };
}

function whyUnreachable({ connect, meets }: Circumstances): string {
  if (!meets) return connect === 'relay' ? WHY.noRelay : WHY.noMeeting;
  if (connect === 'direct') return WHY.noRelayAllowed;
  return connect === 'relay' ? WHY.missedRelay : WHY.missed;
}
