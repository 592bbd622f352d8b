import { formatEndpoint, ShoalError, type TrackerLocation } from '../../protocol/index.js';
import type { KnownTrackers } from '../local/known-trackers.js';

/** Whether a tracker has the accounts of the one that is meant; `unknown` until its key is seen. */
export type Likeness = 'same' | 'other' | 'unknown';

/**
 * Which of the trackers that were named stand in for the first one: those with the same account store, as the same fingerprint or the same
 * name of a store says. Anywhere else nobody knows the user, and whoever signs up there is somebody else.
 */
export class StandIns {
  readonly #locations: readonly [TrackerLocation, ...TrackerLocation[]];
  readonly #known: KnownTrackers;
  /** Of the trackers that were met. */
  readonly #fingerprints = new Set<string>();
  readonly #stores = new Set<string>();

  constructor(locations: readonly [TrackerLocation, ...TrackerLocation[]], known: KnownTrackers) {
    this.#locations = locations;
    this.#known = known;
    const [{ store }] = locations;
    if (store !== undefined) this.#stores.add(store);
  }

  likenessOf(location: TrackerLocation): Likeness {
    if (location === this.#locations[0]) return 'same';
    if (location.store !== undefined && this.#stores.has(location.store)) return 'same';
    const expected = this.#known.expected(location);
    if (this.#accepted.size === 0) return 'other';
    if (expected === undefined) return 'unknown';
    return this.isSame(expected) ? 'same' : 'other';
  }

  /** Whether a key is one of the trackers that are meant. */
  isSame(fingerprint: string): boolean {
    return this.#accepted.has(fingerprint);
  }

  /** A tracker was met that is the one meant. */
  met({ store }: TrackerLocation, fingerprint: string): void {
    this.#fingerprints.add(fingerprint);
    if (store !== undefined) this.#stores.add(store);
  }

  /** Fingerprints of the trackers with the account store that is meant, as far as they are known. */
  fingerprints(): string[] {
    const same = this.#locations.filter((location) => this.likenessOf(location) === 'same');
    return [...this.#fingerprints, ...same.flatMap((location) => this.#known.expected(location) ?? [])];
  }

  get #accepted(): ReadonlySet<string> {
    const expected = this.#known.expected(this.#locations[0]);
    return expected === undefined ? this.#fingerprints : new Set([...this.#fingerprints, expected]);
  }
}

/** Why none of the trackers was reached, and which were not asked to stand in. */
export function noneReached(failures: readonly ShoalError[], others: readonly TrackerLocation[]): ShoalError {
  const telling = failures.find(({ code }) => code !== 'TRACKER_UNREACHABLE') ?? failures[0];
  const isTold = telling?.code === 'TRACKER_UNREACHABLE';
  const messages = (isTold ? failures : [telling]).flatMap((failure) => failure?.message ?? []);
  const code = telling?.code ?? 'TRACKER_UNREACHABLE';
  return new ShoalError(code, [...messages, ...noteOn(others)].join(' '), { cause: telling });
}

function noteOn(others: readonly TrackerLocation[]): string[] {
  if (others.length === 0) return [];
  const places = others.map(({ host, port }) => formatEndpoint(host, port)).join(', ');
  return [
    `${places}: not used in its place, since nothing says that the same accounts and groups are there. If they are, ` +
      'give the lines one fingerprint or one store=NAME; to go to another tracker, put its line first.',
  ];
}
