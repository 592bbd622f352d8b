import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataFolder, openDataFolder } from '../../../../tracker/data/data-folder.js';
import { RunningTracker } from '../../../../tracker/running-tracker.js';
import { DEFAULT_LIMITS, type TrackerLimits } from '../../../../tracker/server/budgets/limits.js';
import { freePorts } from '../../../support/free-ports.js';
import { PLAIN } from '../../../support/plain-passwords.js';
import { sharedRedisCluster } from '../../../support/shared-redis.js';
import { openNode } from './redis-nodes.js';

interface Node {
  readonly tracker: RunningTracker;
  readonly port: number;
}

/** Nodes of one tracker in this process: on one SQLite database, whose writes are not those of several processes, and one Redis Cluster. */
export class TrackerNodes {
  /** The data folder of the nodes, and more of the test. */
  readonly path: string;
  readonly folder: DataFolder;
  readonly #nodes: readonly Node[];

  private constructor(path: string, folder: DataFolder, nodes: readonly Node[]) {
    this.path = path;
    this.folder = folder;
    this.#nodes = nodes;
  }

  /**
   * @param announces whether the nodes tell clients of one another
   * @param limitsOf the limits of each node
   */
  static async start(
    count: number,
    announces: boolean,
    limitsOf: (index: number) => Partial<TrackerLimits> = () => ({}),
  ): Promise<TrackerNodes> {
    const path = await mkdtemp(join(tmpdir(), 'shoal-nodes-'));
    const folder = await openDataFolder(join(path, 'tracker'), DEFAULT_LIMITS);
    const { identity, tickets, store } = folder;
    const cluster = await sharedRedisCluster();
    const nodes = (await freePorts(count)).map(async (port, index) => {
      const announce = announces ? { host: '127.0.0.1', port } : undefined;
      const limits = { ...DEFAULT_LIMITS, checksAtOnce: 0, ...limitsOf(index) };
      const hasRelay = limits.relayBytesPerSecond > 0;
      const swarm = await openNode(cluster, `node-${index}`, { announce, hasRelay, fingerprint: identity.id });
      const shared = { identity, tickets, store, close: async () => {} };
      const tracker = new RunningTracker(shared, { swarm, announce, limits }, PLAIN);
      await tracker.listen('127.0.0.1', port);
      return { tracker, port };
    });
    return new TrackerNodes(path, folder, await Promise.all(nodes));
  }

  at(index: number): Node {
    const node = this.#nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
  }

  urlOf(index: number): string {
    return `wss://127.0.0.1:${this.at(index).port}#${this.folder.identity.id}`;
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map(({ tracker }) => tracker.close()));
    await this.folder.close();
    await rm(this.path, { recursive: true });
  }
}
