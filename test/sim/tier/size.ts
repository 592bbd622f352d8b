import type { Bounds, Costs } from './costs.js';
import { type Observed, type Second, SLOTS } from './observe.js';

/** The servers that a number of peers needs, and how near each of its limits the tier then is. */
export interface Tier {
  readonly peers: number;
  readonly groups: number;
  /** Infinity: no number of nodes is enough. */
  readonly nodes: number;
  readonly primaries: number;
  readonly postgresCores: number;
  readonly requestsPerSecond: number;
  readonly deliveredPerSecond: number;
  readonly writesPerSecond: number;
  readonly bytesPerSecond: number;
  readonly relayedBytesPerSecond: number;
  readonly redisBytes: number;
  /** Share of a node's work that is receiving events of other nodes. */
  readonly busShare: number;
  /** From the death of a node until the last of its clients is signed in elsewhere; 0 with one node. */
  readonly deathSeconds: number;
}

const MOST_NODES = 100_000;
/** The most that the makers of Redis recommend. */
export const MOST_PRIMARIES = 500;
const LEAST_PRIMARIES = 3;

export function sizeTier(observed: Observed, contents: number, costs: Costs, bounds: Bounds): Tier {
  const { peers, groups, seconds } = observed;
  const { memory, requests } = costs;
  const mean = (of: (second: Second) => number) => seconds.reduce((sum, one) => sum + of(one), 0) / seconds.length;
  /** Until the others have signed in the clients of a dead node, beside their own work. A node alone has no others. */
  const deathSeconds = (count: number) => {
    if (count === 1) return 0;
    const spare = 1 - mean((second) => nodeLoad(second, count, costs));
    const signIns = peers / count / (count - 1);
    return spare <= 0 ? Infinity : Math.max(bounds.jitterSeconds, (signIns * requests.signIn.node) / spare);
  };
  const nodes = smallest(1, MOST_NODES, (count) => {
    const isCpuEnough = busiest(seconds, (second) => nodeLoad(second, count, costs)) <= bounds.load;
    const isLineEnough = busiest(seconds, ({ bytes }) => bytes / count) <= bounds.nodeBytesPerSecond;
    const isMemoryEnough = (peers / count) * memory.client <= bounds.nodeMemory;
    return isCpuEnough && isLineEnough && isMemoryEnough && deathSeconds(count) <= bounds.deathSeconds;
  });
  const primaries = smallest(LEAST_PRIMARIES, SLOTS, (count) => {
    return busiest(seconds, (second) => redisLoad(second, count, nodes, costs)) <= bounds.load;
  });
  const load = mean((second) => nodeLoad(second, nodes, costs));
  return {
    ...{ peers, groups, nodes, primaries },
    postgresCores: Math.ceil(busiest(seconds, ({ postgresCpu }) => postgresCpu) / bounds.load),
    requestsPerSecond: mean((second) => second.requests),
    deliveredPerSecond: mean((second) => second.delivered),
    writesPerSecond: mean((second) => second.writes),
    bytesPerSecond: mean((second) => second.bytes),
    relayedBytesPerSecond: mean((second) => second.relayedBytes),
    redisBytes: peers * (memory.device + contents * memory.content),
    busShare: (mean(published) * costs.published.nodeReceives) / load,
    deathSeconds: deathSeconds(nodes),
  };
}

/** Every node listens to every channel, because it has clients at all of them. */
function nodeLoad(second: Second, nodes: number, { published: { nodeReceives } }: Costs): number {
  return second.nodeCpu / nodes + (nodes > 1 ? published(second) * nodeReceives : 0);
}

function published({ slotPublished }: Second): number {
  return slotPublished.reduce((sum, count) => sum + count, 0);
}

/** The load of the busiest primary. Each has a range of slots, and hands events to every node. */
function redisLoad(second: Second, primaries: number, nodes: number, { published: { redis, redisByNode } }: Costs) {
  const loads = new Float64Array(primaries);
  const eachPublished = redis + redisByNode * Math.min(nodes, MOST_NODES);
  for (const [slot, cpu] of second.slotCpu.entries()) {
    const primary = Math.floor((slot * primaries) / SLOTS);
    loads[primary] = (loads[primary] ?? 0) + cpu + (second.slotPublished[slot] ?? 0) * eachPublished;
  }
  return Math.max(...loads);
}

/** The value in the busiest of a hundred seconds. */
function busiest(seconds: readonly Second[], of: (second: Second) => number): number {
  const sorted = seconds.map(of).sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
}

/** The smallest number for which something holds: `least`, or one from which it holds for all. Infinity if that is above `most`. */
function smallest(least: number, most: number, holds: (count: number) => boolean): number {
  if (holds(least)) return least;
  if (!holds(most)) return Infinity;
  let [low, high] = [least, most];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
