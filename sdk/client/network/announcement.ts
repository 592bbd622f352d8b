import {
  type DeviceAddress,
  type DeviceProof,
  type Endpoint,
  type ReachVerdict,
  ShoalError,
  type TrackerEvent,
} from '../../protocol/index.js';
import type { ConnectMode, ReachAddress } from '../api/reach.js';
import type { Caller } from '../tracker/tracker-calls.js';

import { type Online, offers } from '../tracker/tracker-meeting.js';
import type { Logger } from '../util/logger.js';
import type { OwnAddresses } from './own-addresses.js';

type Places = Pick<DeviceProof, 'endpoint' | 'addresses'>;

/** Time until a refused announcement is repeated. */
export const ANNOUNCE_AGAIN_MS = 30_000;

export interface AnnouncementContext {
  readonly own: OwnAddresses;
  readonly logger: Logger;
  readonly connect: () => ConnectMode;
  readonly online: () => Online | undefined;
  readonly call: Caller['call'];
  /** What this device announces, or what the tracker found, is another than before. */
  readonly onChanged: () => void;
  /** Calls once, after `ms`, until the returned function is called. */
  readonly after: (ms: number, act: () => void) => () => void;
}

/** What the tracker knows of this device's addresses, and what it found at them. */
export class Announcement {
  readonly #context: AnnouncementContext;
  /** As the tracker has it; undefined while nobody is signed in. */
  #told: string | undefined;
  /** The addresses in it. */
  #toldAt: ReadonlySet<string> = new Set();
  /** Places that are made anew. They are announced again once the tracker was told without them, so that older verdicts end there. */
  readonly #void = new Set<string>();
  #found: readonly ReachAddress[] = [];
  #isTelling = false;
  #stopWaiting = () => {};

  constructor(context: AnnouncementContext) {
    this.#context = context;
  }

  /** Whether the tracker knows where this device is. */
  get isSignedIn(): boolean {
    return this.#told !== undefined;
  }

  /** Where the device is now, for a sign-in or for `moved`. */
  places(online: Online): Places {
    const { own, connect } = this.#context;
    const isHidden = connect() === 'relay'; // without an endpoint, the tracker adds no address either
    const endpoint = isHidden ? null : own.endpoint();
    if (!offers(online, 'reach')) return { endpoint };
    const addresses = own.list(online).filter((one) => !this.#void.has(keyOf(one)));
    return { endpoint, addresses: isHidden ? [] : addresses };
  }

  /** A sign-in announced these places. */
  signedIn(places: Places): void {
    this.#remember(places);
    this.#context.onChanged();
    this.review();
  }

  /** Nobody is signed in any more, or the connection is lost. */
  signedOut(): void {
    this.#told = undefined;
    this.#found = [];
    this.#stopWaiting();
    this.#context.onChanged();
  }

  /** The tracker tells what it found. */
  onFound({ addresses }: TrackerEvent<'reach'>): void {
    this.#found = addresses.filter((found) => !this.#void.has(keyOf(found)));
    this.#context.onChanged();
  }

  /** What the tracker found at a place since it was told of it; undefined for any other. */
  verdictAt(place: DeviceAddress): ReachVerdict | undefined {
    const key = keyOf(place);
    return this.#toldAt.has(key) && !this.#void.has(key)
      ? this.#found.find((found) => keyOf(found) === key)?.verdict
      : undefined;
  }

  /** A place is made anew: what was found there says nothing any more. The next `review` tells the tracker. */
  forget(place: DeviceAddress): void {
    this.#void.add(keyOf(place));
    this.#found = this.#found.filter((found) => !this.#void.has(keyOf(found)));
  }

  /** The announced addresses with what the tracker found at them, and the one that it sees. */
  addresses(): ReachAddress[] {
    const online = this.#context.online();
    if (!online) return [];
    const verdicts = new Map(this.#found.map((found) => [keyOf(found), found.verdict]));
    const { addresses: announced = [] } = this.places(online);
    const known = new Set(announced.map(endpointKey));
    return [
      ...announced.map((one) => ({ ...one, verdict: verdicts.get(keyOf(one)) ?? 'unchecked' }) as const),
      ...this.#found.filter((found) => found.kind === 'seen' && !known.has(endpointKey(found))),
    ];
  }

  /** Tells the tracker if the device is elsewhere than it has told. */
  review(): void {
    this.#tell().catch((error: unknown) => {
      const { code, message } = ShoalError.from(error);
      this.#context.logger.debug(`The addresses of this device are announced later: ${message}`);
      if (code === 'DISCONNECTED' || code === 'ABORTED') return; // the next sign-in announces them
      this.#stopWaiting();
      this.#stopWaiting = this.#context.after(ANNOUNCE_AGAIN_MS, () => this.review());
    });
  }

  close(): void {
    this.#told = undefined;
    this.#stopWaiting();
  }

  #remember({ endpoint, addresses }: Places): void {
    this.#told = JSON.stringify({ endpoint, addresses });
    this.#toldAt = new Set(addresses?.map(keyOf));
    for (const key of this.#void) if (!this.#toldAt.has(key)) this.#void.delete(key);
    this.#found = this.#found.filter((found) => found.kind === 'seen' || this.#toldAt.has(keyOf(found)));
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return; // it looks again when it is done
    this.#isTelling = true;
    try {
      for (;;) {
        const online = this.#context.online();
        if (!online || this.#told === undefined) return;
        const { endpoint, addresses } = this.places(online);
        const telling = JSON.stringify({ endpoint, addresses });
        if (!addresses || telling === this.#told) return;
        const before = this.#told;
        await this.#context.call('moved', { endpoint, addresses });
        if (this.#told !== before) continue; // somebody signed in or out meanwhile
        this.#remember({ endpoint, addresses });
        this.#context.onChanged();
      }
    } finally {
      this.#isTelling = false;
    }
  }
}

/**
 * What a verdict is about. A port that a router has opened is another place than the same port before, at which the tracker may have found
 * nobody: it sees the device at the router's address.
 */
function keyOf({ kind, ...endpoint }: DeviceAddress): string {
  return `${kind === 'mapped' ? 'mapped ' : ''}${endpointKey(endpoint)}`;
}

function endpointKey({ host, port }: Endpoint): string {
  return `${port} ${host}`;
}
