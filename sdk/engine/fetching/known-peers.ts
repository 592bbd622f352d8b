import type { Source } from '../../protocol/index.js';
import { type Chance, Peer } from './peer.js';

/** The peers that a download knows, by their numbers in the plan. */
export class KnownPeers implements Iterable<Peer> {
  readonly #byDevice = new Map<string, Peer>();
  readonly #byNumber: Peer[] = [];
  readonly #chance: Chance;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  [Symbol.iterator](): Iterator<Peer> {
    return this.#byNumber.values();
  }

  at(number: number): Peer | undefined {
    return this.#byNumber[number];
  }

  get(deviceId: string): Peer | undefined {
    return this.#byDevice.get(deviceId);
  }

  /** The tracker announced a device, for the first time or at another address. */
  add(source: Source): Peer {
    const known = this.#byDevice.get(source.deviceId);
    if (known) {
      known.source = source;
      return known;
    }
    const peer = new Peer(source, this.#byNumber.length, this.#chance);
    this.#byNumber.push(peer);
    this.#byDevice.set(source.deviceId, peer);
    return peer;
  }

  leaveAll(): void {
    for (const peer of this.#byNumber) peer.leave();
  }
}
