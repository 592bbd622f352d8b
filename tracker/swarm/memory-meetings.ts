import { randomBytes } from 'node:crypto';
import { type MeetingWay, ShoalError } from '@shoal/sdk/protocol';
import type { Punches } from '../reach/punches.js';
import type { Relay } from '../reach/relay.js';
import { type KeyedBuckets, showWait } from '../server/budgets/keyed-buckets.js';
import type { TrackerLimits } from '../server/budgets/limits.js';
import type { Meeting, Meetings, SeenAttendee } from './meetings.js';
import type { RelayElsewhere, RelayNodes } from './relay-nodes.js';
import type { SharedLimits } from './shared-limits.js';

type MeetingLimits = Pick<
  TrackerLimits,
  'meetingsPerDevice' | 'meetingsAtOncePerDevice' | 'meetingsAtOncePerSource' | 'meetingMs'
>;

export interface MemoryMeetingsParts {
  readonly limits: MeetingLimits;
  readonly turns: Pick<KeyedBuckets, 'take'>;
  readonly punches: Pick<Punches, 'reserve'>;
  /** Undefined: this tracker relays nothing. */
  readonly relay: Pick<Relay, 'reserve' | 'isFull'> | undefined;
  /** The relays of other nodes. Undefined: there are none. */
  readonly others?: Pick<RelayNodes, 'areThere' | 'ask'> | undefined;
  /** Counts what a device is asked at all nodes. Undefined: this node is the only one. */
  readonly shared?: Pick<SharedLimits, 'takeSlot' | 'freeSlot'> | undefined;
}

/** A place at a relay. Whether both came is known of this node's own one. */
type RelayPlace = Partial<RelayElsewhere> & Pick<RelayElsewhere, 'tokens'> & { readonly settled?: Promise<boolean> };

/** The meetings that a node arranges. */
export class MemoryMeetings implements Meetings {
  readonly #parts: MemoryMeetingsParts;
  /** Meetings that have not taken place yet, by device. */
  readonly #asked = new Map<string, number>();
  readonly #called = new Map<string, number>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(parts: MemoryMeetingsParts) {
    this.#parts = parts;
  }

  get ways(): ReadonlySet<MeetingWay> {
    const { relay, others } = this.#parts;
    return new Set<MeetingWay>(['back', 'punch', ...(relay || others?.areThere ? (['relay'] as const) : [])]);
  }

  /** Meetings that were arranged and have not taken place yet. */
  get open(): number {
    return this.#timers.size;
  }

  async arrange(
    by: MeetingWay,
    requester: SeenAttendee,
    source: SeenAttendee,
    mayBeElsewhere = false,
  ): Promise<Meeting> {
    const { limits, turns, punches, shared } = this.#parts;
    const { meetingsAtOncePerSource: slots, meetingMs } = limits;
    const seconds = Math.ceil(meetingMs / 1000);
    if ((this.#asked.get(requester.deviceId) ?? 0) >= limits.meetingsAtOncePerDevice)
      throw new ShoalError('RATE_LIMITED', `This device asks too many peers at once: try again in ${seconds} s.`);
    const crowded = () =>
      new ShoalError('RATE_LIMITED', `Too many devices ask this peer at once: try again in ${seconds} s.`);
    if ((this.#called.get(source.deviceId) ?? 0) >= slots) throw crowded();
    const meeting = randomBytes(16).toString('base64url');
    const forget = this.#count(meeting, requester.deviceId, source.deviceId);
    try {
      if (shared && !(await shared.takeSlot(slotOf(source.deviceId), meeting, slots, meetingMs))) throw crowded();
      const waitMs = turns.take(`meet ${requester.deviceId}`, limits.meetingsPerDevice);
      if (waitMs > 0)
        throw new ShoalError('RATE_LIMITED', `This device asks too many peers: try again in ${showWait(waitMs)}.`);
      const places = by === 'relay' ? await this.#relayFor(requester, source, mayBeElsewhere) : undefined;
      const punch = by === 'punch' ? punches.reserve(meeting, requester, source) : undefined;
      void (places ?? punch)?.settled?.then(forget);
      return {
        meeting,
        ...(places && { relayTokens: places.tokens }),
        ...(places?.via && { via: places.via }),
        ...(punch && { observeTokens: punch.tokens }),
      };
    } catch (error) {
      forget();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** A place at this node's relay, or at another one if there is no room here. @throws ShoalError `RELAY_LIMITED`, `PEER_UNREACHABLE` */
  async #relayFor(requester: SeenAttendee, source: SeenAttendee, mayBeElsewhere: boolean): Promise<RelayPlace> {
    const { relay, others } = this.#parts;
    const elsewhere = mayBeElsewhere && (!relay || relay.isFull) ? await others?.ask(requester, source) : undefined;
    const place: RelayPlace | undefined = elsewhere ?? relay?.reserve(requester, source);
    if (place) return place;
    if (!others?.areThere) throw new ShoalError('PEER_UNREACHABLE', 'This tracker relays nothing.');
    throw new ShoalError('RELAY_LIMITED', 'No node of the tracker has room at its relay: try again in a moment.');
  }

  /** Counts a meeting until its time is over, or until it took place, which the returned function says. */
  #count(meeting: string, requesterId: string, sourceId: string): () => void {
    add(this.#asked, requesterId, 1);
    add(this.#called, sourceId, 1);
    const forget = () => {
      if (!this.#timers.delete(timer)) return;
      clearTimeout(timer);
      add(this.#asked, requesterId, -1);
      add(this.#called, sourceId, -1);
      void this.#parts.shared?.freeSlot(slotOf(sourceId), meeting);
    };
    const timer = setTimeout(forget, this.#parts.limits.meetingMs).unref();
    this.#timers.add(timer);
    return forget;
  }
}

/** The name of the slots of a device that is asked to meet. */
function slotOf(deviceId: string): string {
  return `called ${deviceId}`;
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const sum = (counts.get(key) ?? 0) + by;
  if (sum === 0) counts.delete(key);
  else counts.set(key, sum);
}
