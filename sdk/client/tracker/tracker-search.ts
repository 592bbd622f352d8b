import { shuffled } from '../../program/index.js';
import { addressFault, type Endpoint, ShoalError, type TrackerLocation } from '../../protocol/index.js';
import type { KnownNode, KnownNodes } from '../local/known-nodes.js';
import { addressOf, type KnownTrackers } from '../local/known-trackers.js';
import { throwIfAborted } from '../util/abort.js';
import { type Likeness, noneReached, StandIns } from './stand-ins.js';
import { type Met, meetTracker, type Online } from './tracker-meeting.js';

/** Nodes that are tried in one search, of those that the tracker told and the user did not name. */
const MAX_TOLD_TRIED = 8;

export interface TrackerSearchParts {
  /** As the user named them. */
  readonly locations: readonly [TrackerLocation, ...TrackerLocation[]];
  readonly knownTrackers: KnownTrackers;
  readonly knownNodes: KnownNodes;
  /** uniform in [0, 1) */
  readonly random?: () => number;
}

type Place = TrackerLocation & Partial<Pick<KnownNode, 'isTold'>>;

/** Finds a node of the user's tracker: of those that the user named, and of those that the tracker told. */
export class TrackerSearch {
  readonly standIns: StandIns;
  readonly #parts: TrackerSearchParts;
  readonly #random: () => number;
  /** Where this client was connected last. */
  #left: Pick<Online, 'location' | 'remoteAddress'> | undefined;
  #others: readonly TrackerLocation[] = [];

  constructor(parts: TrackerSearchParts) {
    this.#parts = parts;
    this.#random = parts.random ?? Math.random;
    this.standIns = new StandIns(parts.locations, parts.knownTrackers);
  }

  /** Trackers that the user named and that cannot stand in for the first, as the last search found. */
  get others(): readonly TrackerLocation[] {
    return this.#others;
  }

  /** A connection is lost: what follows is another search. */
  forgetOthers(): void {
    this.#others = [];
  }

  /** @throws ShoalError `TRACKER_UNREACHABLE`, `TRACKER_CHANGED`, `TRACKER_INCOMPATIBLE`, `SHUTTING_DOWN`, `ABORTED` */
  async find(signal: AbortSignal): Promise<Met> {
    const failures: ShoalError[] = [];
    const others: TrackerLocation[] = [];
    for (const place of this.#inOrder()) {
      throwIfAborted(signal);
      const likeness = place.isTold ? 'same' : this.standIns.likenessOf(place);
      let isOther = likeness === 'other';
      const onOther = () => {
        isOther = true;
      };
      try {
        if (!isOther) return await this.#meet(place, likeness, onOther, signal);
      } catch (error) {
        throwIfAborted(signal);
        if (!isOther) failures.push(ShoalError.from(error, 'TRACKER_UNREACHABLE'));
      }
      if (isOther) others.push(place);
    }
    this.#others = others;
    throw noneReached(failures, others);
  }

  /** This client is connected there. */
  entered({ location, fingerprint, remoteAddress }: Online): void {
    this.standIns.met(location, fingerprint);
    this.#left = { location, remoteAddress };
  }

  /** The tracker tells its nodes. */
  async learn({ fingerprint, isLoopback }: Online, nodes: readonly Endpoint[] = []): Promise<void> {
    await this.#parts.knownNodes.learn(fingerprint, nodes, isLoopback);
  }

  /** The nodes of a tracker, as it told. */
  nodesOf({ fingerprint }: Online): Endpoint[] {
    return this.#parts.knownNodes.of(fingerprint).map(({ host, port }) => ({ host, port }));
  }

  async #meet(place: Place, likeness: Likeness, onOther: () => void, signal: AbortSignal): Promise<Met> {
    const check = (shown: string) => {
      if (likeness !== 'unknown' || this.standIns.isSame(shown)) return;
      onOther();
      throw new ShoalError('TRACKER_CHANGED', 'It is another tracker.');
    };
    const isSafe = (address: string) => addressFault(address, false) === undefined;
    const isLeft = this.#left !== undefined && addressOf(this.#left.location) === addressOf(place);
    const resolving = {
      mayDial: place.isTold ? isSafe : undefined,
      last: isLeft ? this.#left?.remoteAddress : undefined,
    };
    const met = await meetTracker({ location: place, known: this.#parts.knownTrackers, check, signal, resolving });
    await this.learn(met.online, met.online.hello.nodes);
    return met;
  }

  /** At first as the user named them. Later in a drawn order, so that the clients of a lost node spread over the others, and it last. */
  #inOrder(): Place[] {
    const { locations, knownNodes } = this.#parts;
    const told = shuffled(
      this.standIns.fingerprints().flatMap((fingerprint) => knownNodes.of(fingerprint)),
      this.#random,
    );
    const named = new Set(locations.map(addressOf));
    const fresh = told.filter((node) => !named.has(addressOf(node))).slice(0, MAX_TOLD_TRIED);
    const left = this.#left;
    if (!left) return [...locations, ...fresh];
    const [same, unsure] = [true, false].map((isSame) =>
      locations.filter((one) => (this.standIns.likenessOf(one) === 'same') === isSame),
    );
    const drawn: Place[] = shuffled([...(same ?? []), ...fresh], this.#random);
    const isLost = (one: Place) => addressOf(one) === addressOf(left.location);
    return [...drawn.filter((one) => !isLost(one)), ...drawn.filter(isLost), ...(unsure ?? [])];
  }
}
