import { MAX_LEAVING_MS } from '@shoal/sdk/protocol';
import { drawNodes } from '../../swarm/node-place.js';
import type { Swarm } from '../../swarm/swarm.js';
import type { TrackerLimits } from '../budgets/limits.js';
import type { Connection } from './connection.js';

/** How far apart clients leave, on average: the nodes that take them in need some milliseconds for each. */
const MS_A_CLIENT = 3;

export interface NodeStopParts {
  readonly swarm: Pick<Swarm, 'nodes' | 'leave'>;
  readonly limits: Pick<TrackerLimits, 'leaveMs'>;
  readonly connections: ReadonlySet<Connection>;
}

/** Sends clients to other nodes before this one stops. They are served until they have left. */
export class NodeStop {
  readonly #parts: NodeStopParts;
  /** Clients that were told, and are still here. */
  readonly #leaving = new Set<Connection>();
  #isBegun = false;
  #onEmpty = () => {};

  constructor(parts: NodeStopParts) {
    this.#parts = parts;
  }

  /** Whether this node takes no new clients in. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** Resolves when all clients left that can, or after some seconds. */
  async sendAway(): Promise<void> {
    this.#isBegun = true;
    const { swarm, limits, connections } = this.#parts;
    if (!(await swarm.leave())) return;
    for (const connection of connections) if (connection.accepts('stopping')) this.#leaving.add(connection);
    if (this.#leaving.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    const withinMs = Math.floor(Math.min(this.#leaving.size * MS_A_CLIENT, limits.leaveMs / 2, MAX_LEAVING_MS));
    for (const connection of this.#leaving) {
      const nodes = drawNodes(swarm);
      connection.notify('stopping', { nodes, withinMs });
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limits.leaveMs);
    });
    await Promise.race([empty, late]);
    clearTimeout(timer);
  }

  /** A connection is closed. */
  closed(connection: Connection): void {
    if (this.#leaving.delete(connection) && this.#leaving.size === 0) this.#onEmpty();
  }
}
