/** What members do in the busiest hour. These are assumptions: the simulation prints them beside its figures. */
export interface Workload {
  /** Groups of which a device's user is a member. */
  readonly groupsOfMember: number;
  /** Members of a group: a power law with this exponent between these bounds. */
  readonly groupSizes: { readonly least: number; readonly most: number; readonly exponent: number };
  /** By device that is online, in an hour. */
  readonly signIns: number;
  readonly lists: number;
  readonly downloads: number;
  readonly shares: number;
  /** Contents that a device announces again when it signs in. */
  readonly contents: number;
  /** Devices from which a download fetches. */
  readonly sources: number;
  /** Share of those that cannot be dialled, so that the tracker arranges a meeting. */
  readonly met: number;
  /** Share of downloaded bytes that a relay carries. */
  readonly relayed: number;
  readonly downloadBytes: number;
}

export const BUSY_HOUR: Workload = {
  groupsOfMember: 3,
  groupSizes: { least: 3, most: 10_000, exponent: 2.2 },
  signIns: 0.5,
  lists: 6,
  downloads: 2,
  shares: 0.5,
  contents: 50,
  sources: 4,
  met: 0.7,
  relayed: 0.06,
  downloadBytes: 100e6,
};

/** Sizes of groups, drawn until they have so many members together. */
export function drawGroups(members: number, { least, most, exponent }: Workload['groupSizes'], random: () => number) {
  const sizes: number[] = [];
  const [low, high] = [least ** (1 - exponent), (most + 1) ** (1 - exponent)];
  for (let left = members; left > 0; ) {
    const size = Math.floor((low + random() * (high - low)) ** (1 / (1 - exponent)));
    sizes.push(Math.min(size, left));
    left -= size;
  }
  return sizes;
}

/** Draws the index of a group with a probability in proportion to its size. */
export class GroupPicker {
  readonly #ends: Float64Array;
  readonly #random: () => number;

  constructor(sizes: readonly number[], random: () => number) {
    this.#random = random;
    let end = 0;
    this.#ends = Float64Array.from(sizes, (size) => (end += size));
  }

  draw(): number {
    const at = this.#random() * (this.#ends.at(-1) ?? 0);
    let [low, high] = [0, this.#ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A number of events in a time in which so many are expected: Poisson's, or the normal distribution where there are many. */
export function drawCount(expected: number, random: () => number): number {
  if (expected > 500) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal));
  }
  const limit = Math.exp(-expected);
  let count = -1;
  for (let product = 1; product > limit; count++) product *= random();
  return Math.max(0, count);
}
