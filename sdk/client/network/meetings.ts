import { isIP } from 'node:net';
import type { EngineCommand, EngineEvent, TrackerPlace } from '../../engine/index.js';
import { endpointFault, type MeetingWay, ShoalError, type TrackerEvent } from '../../protocol/index.js';
import type { ConnectMode } from '../api/reach.js';
import type { Caller } from '../tracker/tracker-calls.js';
import { type Online, offers } from '../tracker/tracker-meeting.js';
import type { Logger } from '../util/logger.js';

type Wanted = Omit<EngineEvent & { type: 'meetWanted' }, 'type'>;

/** Meetings that this device asks for at once. The tracker bounds them, too. */
export const MAX_ASKED = 16;
/** Meetings to which others called this device, within the time that a meeting lives. */
export const MAX_CALLED = 16;
export const MEETING_LIFETIME_MS = 10_000;

export interface MeetingsContext {
  readonly logger: Logger;
  readonly connect: () => ConnectMode;
  readonly online: () => Online | undefined;
  /** Calls the tracker as the signed-in user. */
  readonly call: Caller['call'];
  /** Whether somebody is signed in, as a member of the group. */
  readonly isMember: (groupId: string) => boolean;
  readonly send: (command: EngineCommand) => void;
  /** Milliseconds on a monotonic clock. */
  readonly nowMs: () => number;
}

/** Arranges through the tracker that two devices connect which cannot simply dial one another. */
export class Meetings {
  readonly #context: MeetingsContext;
  #asked = 0;
  /** When others called this device, the oldest first. */
  #calledAtMs: number[] = [];

  constructor(context: MeetingsContext) {
    this.#context = context;
  }

  /** The engine wants a connection with a source. It gets `meeting` or `noMeeting`. */
  async wanted(wanted: Wanted): Promise<void> {
    const { request } = wanted;
    try {
      const arranged = await this.#ask(wanted);
      this.#context.send({ type: 'meeting', request, ...arranged });
    } catch (error) {
      const { code, message } = ShoalError.from(error);
      this.#context.send({ type: 'noMeeting', request, code, message });
    }
  }

  /** The tracker says that a member wants to connect. Only what could be a meeting of this device reaches the engine. */
  called(event: TrackerEvent<'meet'>): void {
    const { meeting, groupId, deviceId, userId, by } = event;
    const online = this.#context.online();
    if (!online || !this.#context.isMember(groupId) || this.#isRuledOut(by)) return;
    const addresses = event.addresses.filter((address) => isDialable(address, online));
    if (event.via && !isDialable(event.via, online)) return;
    const place = placeOf(online, by === 'relay' ? event.relayToken : event.observeToken, event.via);
    if (by === 'back' ? addresses.length === 0 : !place) return;
    const nowMs = this.#context.nowMs();
    this.#calledAtMs = this.#calledAtMs.filter((atMs) => nowMs - atMs < MEETING_LIFETIME_MS);
    if (this.#calledAtMs.length >= MAX_CALLED) {
      this.#context.logger.debug(`${userId} wants to connect; too many others do, too`);
      return;
    }
    this.#calledAtMs.push(nowMs);
    const places = by === 'back' ? { addresses } : { addresses: [], ...placed(by, place) };
    this.#context.send({ type: 'called', meeting, deviceId, userId, ...places });
  }

  /** The tracker has seen a port of each device of a meeting. The engine knows whether it is one of its own. */
  go({ meeting, address, afterMs }: TrackerEvent<'meetGo'>): void {
    const online = this.#context.online();
    if (!online || this.#isRuledOut('punch') || !isDialable(address, online)) return;
    this.#context.send({ type: 'meetGo', meeting, address, afterMs });
  }

  async #ask({ groupId, deviceId, by }: Wanted): Promise<{ meeting: string } & Placed> {
    const online = this.#context.online();
    if (!online) throw new ShoalError('DISCONNECTED', 'The tracker is away, so it arranges no meeting.');
    if (!this.#context.isMember(groupId)) throw new ShoalError('NOT_A_MEMBER', 'The group is no longer one of ours.');
    if (this.#isRuledOut(by)) throw unreachable('the settings rule this way out');
    if (!offers(online, 'meetings')) throw unreachable('the tracker is older and arranges no meetings');
    if (by === 'relay' && !offers(online, 'relay')) throw unreachable('the tracker has no relay');
    if (by === 'punch' && !offers(online, 'punch')) throw unreachable('the tracker is older and cannot see ports');
    if (this.#asked >= MAX_ASKED) throw new ShoalError('RATE_LIMITED', 'Too many meetings are being arranged.');
    this.#asked++;
    try {
      const elsewhere = by === 'relay' ? { elsewhere: true } : {};
      const answer = await this.#context.call('meet', { groupId, deviceId, by, ...elsewhere });
      const { meeting, relayToken, observeToken, via } = answer;
      if (by === 'back') return { meeting };
      if (via && (by !== 'relay' || !isDialable(via, online))) throw unreachable('the tracker names a wrong relay');
      const place = placeOf(online, by === 'relay' ? relayToken : observeToken, via);
      if (!place) throw new ShoalError('PROTOCOL_ERROR', 'The tracker gives no token for the meeting: update it.');
      return { meeting, ...placed(by, place) };
    } finally {
      this.#asked--;
    }
  }

  #isRuledOut(by: MeetingWay): boolean {
    return this.#context.connect() === (by === 'relay' ? 'direct' : 'relay');
  }
}

/** Where to meet, by the name that the way has for it. */
type Placed = { readonly relay?: TrackerPlace; readonly observer?: TrackerPlace };

function placed(by: MeetingWay, place: TrackerPlace | undefined): Placed {
  if (!place) return {};
  return by === 'relay' ? { relay: place } : { observer: place };
}

/**
 * Meetings take place where the tracker is, at the very address of this connection: a name may have several. If the tracker has several
 * nodes, the other device may have asked another one, whose address the event names.
 */
function placeOf(
  { location, remoteAddress }: Online,
  token: string | undefined,
  via?: { host: string; port: number },
): TrackerPlace | undefined {
  const { host, port } = via ?? { host: remoteAddress || location.host, port: location.port };
  return token === undefined ? undefined : { host, port, token };
}

/** Whether this device may be sent to an address. The tracker should send it nowhere else. */
function isDialable(address: { host: string; port: number }, { isLoopback }: Online): boolean {
  return isIP(address.host) !== 0 && endpointFault(address, isLoopback) === undefined;
}

function unreachable(why: string): ShoalError {
  return new ShoalError('PEER_UNREACHABLE', `That computer cannot be reached: ${why}.`);
}
