import { isIP } from 'node:net';
import { type Endpoint, formatEndpoint, ShoalError } from '@shoal/sdk/protocol';
import * as z from 'zod';
import { parseNodePlace } from '../../node-place.js';
import type { Calls } from '../cluster/calls.js';
import { RENEW } from '../cluster/scripts.js';
import type { SwarmTiming } from '../cluster/timing.js';

const renewed = z.tuple([z.number(), z.array(z.string()), z.array(z.string())]);

/** What follows the place of a node that relays. */
const RELAYS = ' relay';

/** A node, and where clients dial it. */
export interface NodePlace {
  readonly node: string;
  readonly place: Endpoint;
  /** Whether it relays there for devices of other nodes. */
  readonly relays: boolean;
}

export interface LiveNodesParts {
  readonly calls: Calls;
  readonly node: string;
  readonly timing: SwarmTiming;
  /** Where clients dial this node; undefined: only where its operator told them. */
  readonly announce: Endpoint | undefined;
  /** Whether this node relays for devices of others. */
  readonly relays: boolean;
  /** Nodes are lost: their leases ended. */
  readonly onLost: (nodes: readonly string[]) => void;
  /** Nodes are back that were lost. */
  readonly onBack: () => void;
  /** The cluster lost the lease of this node, and maybe everything else. */
  readonly onForgotten: () => void;
}

/** Lost nodes that are remembered. */
const MAX_LOST = 1000;

/** The nodes of the tracker: each one renews a lease while it runs. All devices of a node without a lease count as offline. */
export class LiveNodes {
  readonly #parts: LiveNodesParts;
  /** Nodes with a lease, and when that was seen last, by this node's clock. */
  readonly #seen = new Map<string, number>();
  /** Where clients dial those of them that say it. */
  #places: readonly NodePlace[] = [];
  #isLeaving = false;
  /** Nodes that were lost, so that their return is noticed. */
  readonly #lost = new Set<string>();
  #renewing: Promise<void> | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #hasLease = false;
  #isClosed = false;

  constructor(parts: LiveNodesParts) {
    this.#parts = parts;
  }

  /** Takes the lease, and renews it from then on. @throws ShoalError `SWARM_UNREACHABLE` */
  async start(): Promise<void> {
    await this.renew();
    this.#timer = setInterval(() => void this.renew().catch(() => {}), this.#parts.timing.renewMs).unref();
  }

  /** @throws ShoalError `SWARM_UNREACHABLE` if the lease could not be renewed in time */
  check(): void {
    const silentMs = performance.now() - this.#renewedMs;
    if (silentMs <= this.#parts.timing.leaseMs) return;
    const text = `The Redis Cluster has not answered for ${Math.round(silentMs / 1000)} s: start or repair it.`;
    throw new ShoalError('SWARM_UNREACHABLE', text);
  }

  /** Where clients dial the nodes, this one included, as far as they say it. */
  get places(): readonly NodePlace[] {
    return this.#places;
  }

  /** This node stops soon: clients are sent to it no more. Returns whether there are others. */
  async leave(): Promise<boolean> {
    this.#isLeaving = true;
    await this.#renewing?.catch(() => {}); // it began before
    await this.renew().catch(() => {}); // the node stops all the same, and its lease ends by itself
    return [...this.#seen.keys()].some((name) => name !== this.#parts.node);
  }

  /** Whether a node has a lease. A node that nobody has seen yet is asked for. */
  async isAlive(node: string): Promise<boolean> {
    if (node === this.#parts.node || this.#seen.has(node)) return true;
    if (this.#lost.has(node)) return false;
    await this.renew().catch(() => {});
    return this.#seen.has(node);
  }

  /** Renews the lease, and reads who else has one. Simultaneous calls share one request. */
  renew(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Gives the lease up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#renewing?.catch(() => {});
    const { calls, node } = this.#parts;
    const gone = [
      calls.ask((cluster) => cluster.zrem(calls.keys.nodes, node)),
      calls.ask((cluster) => cluster.hdel(calls.keys.nodePlaces, node)),
    ];
    await Promise.all(gone).catch(() => {}); // it ends by itself
  }

  async #renew(): Promise<void> {
    const { calls, node, timing, onForgotten, onBack, onLost } = this.#parts;
    const { leaseMs, forgetMs } = timing;
    const args = [node, `${leaseMs}`, `${forgetMs}`, this.#isLeaving ? '' : placeText(this.#parts)];
    const [had, names, places] = renewed.parse(await calls.run(RENEW, [calls.keys.nodes, calls.keys.nodePlaces], args));
    if (this.#isClosed) return;
    this.#places = names.flatMap((name, index) => placeOf(name, places[index] ?? ''));
    const nowMs = performance.now();
    // After a time without answers, all nodes had the same trouble: they get the time to return.
    if (nowMs - this.#renewedMs > timing.graceMs) for (const name of this.#seen.keys()) this.#seen.set(name, nowMs);
    this.#renewedMs = nowMs;
    const isForgotten = this.#hasLease && had === 0;
    this.#hasLease = true;
    for (const name of names) this.#seen.set(name, nowMs);
    const back = names.filter((name) => this.#lost.delete(name));
    // A lease may be missing because the cluster lost everything: then its node has some time to return.
    const lost = [...this.#seen].filter(([, seenMs]) => nowMs - seenMs > timing.graceMs).map(([name]) => name);
    for (const name of lost) {
      this.#seen.delete(name);
      this.#lost.add(name);
    }
    if (this.#lost.size > MAX_LOST) this.#lost.clear();
    if (isForgotten) onForgotten();
    if (back.length > 0) onBack();
    if (lost.length > 0) onLost(lost);
  }
}

/** What a node writes of itself: nothing, where clients dial it, or with a word more that it relays there. */
function placeText({ announce, relays }: LiveNodesParts): string {
  if (!announce) return '';
  const isMeetingPlace = relays && isIP(announce.host) !== 0; // devices are sent to addresses alone
  return `${formatEndpoint(announce.host, announce.port)}${isMeetingPlace ? RELAYS : ''}`;
}

/** Reads it; none for an empty or malformed text. */
function placeOf(node: string, text: string): NodePlace[] {
  if (text === '') return [];
  try {
    return [{ node, place: parseNodePlace(text.replace(RELAYS, '')), relays: text.endsWith(RELAYS) }];
  } catch {
    return []; // of a node of another version, which clients do not need
  }
}
