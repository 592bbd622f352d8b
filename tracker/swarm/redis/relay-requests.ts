import { randomBytes } from 'node:crypto';
import { shuffled } from '@shoal/sdk/program';
import type { Attendee } from '../meetings.js';
import type { RelayElsewhere, RelayNodes, RelayTokens } from '../relay-nodes.js';
import type { RelayOrder } from './cluster/wire.js';
import type { EventBus } from './events/event-bus.js';
import type { LiveNodes, NodePlace } from './records/live-nodes.js';

/** Time for the answer of one node. */
const ANSWER_MS = 1000;
/** Nodes that are asked, one after the other. */
const MAX_ASKED = 2;
/** Requests without an answer. Beyond it, no other node is asked. */
const MAX_PENDING = 1000;

export interface RelayRequestsParts {
  readonly node: string;
  readonly nodes: Pick<LiveNodes, 'places'>;
  readonly order: EventBus['order'];
  /** uniform in [0, 1) */
  readonly random: () => number;
}

/** Asks other nodes for places at their relays, and answers them. */
export class RelayRequests implements RelayNodes {
  readonly #parts: RelayRequestsParts;
  readonly #pending = new Map<string, (tokens: RelayTokens | null) => void>();
  #keep: Parameters<RelayNodes['serve']>[0] = () => undefined;

  constructor(parts: RelayRequestsParts) {
    this.#parts = parts;
  }

  get areThere(): boolean {
    return this.#others().length > 0;
  }

  serve(keep: Parameters<RelayNodes['serve']>[0]): void {
    this.#keep = keep;
  }

  async ask(requester: Attendee, source: Attendee): Promise<RelayElsewhere | undefined> {
    for (const { node, place } of shuffled(this.#others(), this.#parts.random).slice(0, MAX_ASKED)) {
      const tokens = await this.#askOne(node, requester, source);
      if (tokens) return { tokens, via: place };
    }
    return undefined;
  }

  /** Another node asks, or answers. */
  take(order: RelayOrder): void {
    if (order.event === 'relayAnswered') {
      this.#pending.get(order.request)?.(order.tokens);
      return;
    }
    const { request, asker, requester, source } = order;
    const tokens = this.#keep(requester, source) ?? null;
    this.#parts.order(asker, { event: 'relayAnswered', request, tokens });
  }

  close(): void {
    for (const answer of this.#pending.values()) answer(null);
  }

  #others(): NodePlace[] {
    return this.#parts.nodes.places.filter(({ node, relays }) => relays && node !== this.#parts.node);
  }

  #askOne(node: string, requester: Attendee, source: Attendee): Promise<RelayTokens | null> {
    if (this.#pending.size >= MAX_PENDING) return Promise.resolve(null);
    const request = randomBytes(16).toString('hex');
    return new Promise((resolve) => {
      const answer = (tokens: RelayTokens | null) => {
        clearTimeout(timer);
        this.#pending.delete(request);
        resolve(tokens);
      };
      const timer = setTimeout(() => answer(null), ANSWER_MS).unref();
      this.#pending.set(request, answer);
      const devices = { requester: namesOf(requester), source: namesOf(source) };
      this.#parts.order(node, { event: 'relayWanted', request, asker: this.#parts.node, ...devices });
    });
  }
}

function namesOf({ deviceId, userId }: Attendee): Attendee {
  return { deviceId, userId };
}
