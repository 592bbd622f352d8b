import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import {
  type Endpoint,
  endpointFault,
  isLoopbackAddress,
  MAX_MEETING_DELAY_MS,
  type Preamble,
  ShoalError,
  type TrackerEvent,
} from '@shoal/sdk/protocol';
import { addressKey, plainAddress } from '../server/budgets/address.js';
import type { TrackerLimits } from '../server/budgets/limits.js';
import type { SeenAttendee } from '../swarm/meetings.js';
import { isInside, type Sites } from './sites.js';

export interface PunchParts {
  readonly limits: Pick<TrackerLimits, 'meetingMs'>;
  readonly sites: Pick<Sites, 'isOne' | 'isProxy'>;
  /** Time for a message to a device and back, in milliseconds; undefined if it is not known yet. */
  readonly roundTripMs: (deviceId: string) => number | undefined;
  readonly tell: (deviceId: string, go: TrackerEvent<'meetGo'>) => void;
  /** Called for each meeting: whether both ends were seen. */
  readonly onSettled: (haveMet: boolean) => void;
}

type Side = Preamble['side'];

/** A connection by which one of two devices shows a port. */
interface Shown {
  readonly socket: Socket;
  readonly address: Endpoint;
}

/** Two devices that are to dial one another at the same time. */
interface Rendezvous {
  readonly meeting: string;
  readonly devices: Readonly<Record<Side, SeenAttendee>>;
  readonly tokens: Readonly<Record<Side, string>>;
  readonly shown: Partial<Record<Side, Shown>>;
  readonly timer: NodeJS.Timeout;
  readonly settle: () => void;
  hasBegun: boolean;
}

/**
 * Lets two devices dial one another at the same time, which passes most routers. Each shows a port by a connection to the tracker, and
 * both are told what the tracker saw. An address is told only if it is the very one at which its device is signed in, so that a
 * member cannot have anybody else dialled.
 */
export class Punches {
  readonly #parts: PunchParts;
  readonly #open = new Set<Rendezvous>();
  readonly #byToken = new Map<string, { readonly rendezvous: Rendezvous; readonly side: Side }>();

  constructor(parts: PunchParts) {
    this.#parts = parts;
  }

  /**
   * Awaits two devices. Both must show a port, and connect, before `meetingMs` is over. `settled` resolves when that is over.
   * @throws ShoalError `PEER_UNREACHABLE` if the two cannot dial one another from where the tracker sees them
   */
  reserve(
    meeting: string,
    requester: SeenAttendee,
    source: SeenAttendee,
  ): { tokens: Record<Side, string>; settled: Promise<void> } {
    this.#admit(requester, source);
    const tokens = { requester: newToken(), source: newToken() };
    let settle = () => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const timer = setTimeout(() => this.#release(rendezvous), this.#parts.limits.meetingMs).unref();
    const devices = { requester, source };
    const rendezvous: Rendezvous = { meeting, devices, tokens, shown: {}, timer, settle, hasBegun: false };
    this.#open.add(rendezvous);
    for (const side of ['requester', 'source'] as const) this.#byToken.set(tokens[side], { rendezvous, side });
    return { tokens, settled };
  }

  /** Takes a connection that showed a token. Returns false, and leaves it alone, if nobody waits for it. */
  take(socket: Socket, { token, side }: Preamble): boolean {
    const place = this.#byToken.get(token);
    if (place?.side !== side) return false;
    this.#byToken.delete(token);
    const { rendezvous } = place;
    const address = { host: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 };
    if (!mayTell(address, rendezvous.devices[side].seen)) {
      this.#release(rendezvous);
      return false;
    }
    rendezvous.shown[side] = { socket, address };
    for (const event of ['data', 'end'] as const) socket.once(event, () => socket.destroy()); // nothing more is to be said
    socket.once('close', () => this.#release(rendezvous));
    socket.resume();
    this.#beginIfBothShown(rendezvous);
    return true;
  }

  close(): void {
    for (const rendezvous of [...this.#open]) this.#release(rendezvous);
  }

  #admit({ seen }: SeenAttendee, { seen: other }: SeenAttendee): void {
    const { sites } = this.#parts;
    if (sites.isProxy(seen) || sites.isProxy(other))
      throw unreachable('The tracker cannot see the addresses of devices, as it is behind a proxy');
    if (seen.includes(':') !== other.includes(':'))
      throw unreachable('One of the devices reaches the tracker by IPv4, and the other one by IPv6');
    if ((isInside(seen) || isInside(other)) && !sites.isOne(seen, other))
      throw unreachable('The tracker sees one of the devices inside its own network, and the other one outside');
  }

  #beginIfBothShown(rendezvous: Rendezvous): void {
    const { meeting, devices, shown } = rendezvous;
    if (!shown.requester || !shown.source) return;
    rendezvous.hasBegun = true;
    const { tell, roundTripMs } = this.#parts;
    const requesterMs = roundTripMs(devices.requester.deviceId);
    const sourceMs = roundTripMs(devices.source.deviceId);
    tell(devices.requester.deviceId, {
      meeting,
      address: shown.source.address,
      afterMs: delayMs(requesterMs, sourceMs),
    });
    tell(devices.source.deviceId, {
      meeting,
      address: shown.requester.address,
      afterMs: delayMs(sourceMs, requesterMs),
    });
  }

  /** Ends a meeting: it took place, one end gave up, or its time is over. */
  #release(rendezvous: Rendezvous): void {
    if (!this.#open.delete(rendezvous)) return;
    const { timer, tokens, shown, settle, hasBegun } = rendezvous;
    clearTimeout(timer);
    for (const token of Object.values(tokens)) this.#byToken.delete(token);
    for (const one of Object.values(shown)) one.socket.destroy();
    settle();
    this.#parts.onSettled(hasBegun);
  }
}

/** Whether an address may be told to the other device: it is where the device is signed in, and a peer may dial it. */
function mayTell(address: Endpoint, seen: string): boolean {
  return addressKey(address.host) === addressKey(seen) && endpointFault(address, isLoopbackAddress(seen)) === undefined;
}

/** How long a device waits, so that both begin at once: the nearer one is told earlier, by half of what its round trip is shorter. */
export function delayMs(ownMs: number | undefined, otherMs: number | undefined): number {
  if (ownMs === undefined || otherMs === undefined) return 0;
  return Math.round(Math.min(MAX_MEETING_DELAY_MS, Math.max(0, (otherMs - ownMs) / 2)));
}

function unreachable(why: string): ShoalError {
  return new ShoalError('PEER_UNREACHABLE', `${why}, so that they cannot dial one another.`);
}

function newToken(): string {
  return randomBytes(16).toString('base64url');
}
