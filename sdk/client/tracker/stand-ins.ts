import { formatEndpoint, ShoalError, type TrackerLocation } from '../../protocol/index.js';
import type { KnownTrackers } from '../local/known-trackers.js';

/** Whether a tracker has the accounts of the first one; `unknown` until its key is seen. */
export type Likeness = 'same' | 'other' | 'unknown';

/**
 * Decides which of the configured trackers can stand in for the first: those with the same account store, which the
 * same fingerprint or store name shows. Any other tracker does not know the user, and a sign-up there would create
 * another person's account.
 */
export class StandIns {
  readonly #locations: readonly [TrackerLocation, ...TrackerLocation[]];
  readonly #known: KnownTrackers;
  /** Fingerprints of the trackers that were connected. */
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

  /** Whether a key belongs to the first tracker or a stand-in. */
  isSame(fingerprint: string): boolean {
    return this.#accepted.has(fingerprint);
  }

  /** Records a connection to the first tracker or a stand-in. */
  met({ store }: TrackerLocation, fingerprint: string): void {
    this.#fingerprints.add(fingerprint);
    if (store !== undefined) this.#stores.add(store);
  }

  /** Known fingerprints of the trackers with the same account store. */
  fingerprints(): string[] {
    const same = this.#locations.filter((location) => this.likenessOf(location) === 'same');
    return [...this.#fingerprints, ...same.flatMap((location) => this.#known.expected(location) ?? [])];
  }

  get #accepted(): ReadonlySet<string> {
    const expected = this.#known.expected(this.#locations[0]);
    return expected === undefined ? this.#fingerprints : new Set([...this.#fingerprints, expected]);
  }
}

/** Why no tracker was reached, and which trackers were not tried as stand-ins. */
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
