import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { ShoalClient } from '../../../sdk/index.js';
import { freePorts } from '../../support/free-ports.js';
import { SHOAL_TRACKER, type Stage, Tracker } from '../support/processes.js';

/** What the nodes share. */
export interface Shared {
  /** URL of an empty PostgreSQL database. */
  readonly store: string;
  /** URLs of a Redis Cluster. */
  readonly swarm: readonly string[];
}

/** The nodes of one tracker, each a process that has a line of one `tracker_info.txt`. Nodes count from 1. */
export class Nodes {
  readonly #stage: Stage;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ports: readonly number[];
  readonly #running = new Map<number, Tracker>();
  readonly #clients: ShoalClient[] = [];
  #fingerprint = '';

  private constructor(stage: Stage, { store, swarm }: Shared, ports: readonly number[]) {
    this.#stage = stage;
    this.#ports = ports;
    this.#env = { SHOAL_TRACKER_STORE: store, SHOAL_TRACKER_SWARM: swarm.join(',') };
  }

  /** Starts the nodes at once, as a first start of a tracker. */
  static async start(stage: Stage, shared: Shared, count: number): Promise<Nodes> {
    const nodes = new Nodes(stage, shared, await freePorts(count));
    try {
      await nodes.infoFrom(1);
      const started = await Promise.all(nodes.numbers.map((number) => nodes.start(number)));
      nodes.#fingerprint = started[0]?.fingerprint ?? '';
      for (const { fingerprint } of started) assert.equal(fingerprint, nodes.#fingerprint, 'the nodes have one key');
      return nodes;
    } catch (error) {
      await nodes.close();
      throw error;
    }
  }

  get numbers(): number[] {
    return this.#ports.map((_port, index) => index + 1);
  }

  at(number: number): Tracker {
    const node = this.#running.get(number);
    if (!node) throw new Error(`node ${number} does not run`);
    return node;
  }

  /** Starts a node, also again at its place. */
  async start(number: number): Promise<Tracker> {
    if (this.#running.has(number)) throw new Error(`node ${number} runs`);
    const node = new Tracker(SHOAL_TRACKER, [this.#stage.path('from-1.txt'), `${number}`], { env: this.#env });
    this.#running.set(number, node);
    return node.listening();
  }

  /** Ends a node like a crash (`kill -9`). */
  async kill(number: number): Promise<void> {
    await this.at(number).kill();
    this.#running.delete(number);
  }

  /** Stops a node in order (`SIGTERM`); its exit code. */
  async stop(number: number): Promise<number | NodeJS.Signals> {
    const ended = await this.at(number).stop();
    this.#running.delete(number);
    return ended;
  }

  /** A `tracker_info.txt` of all nodes for clients that try this one first, and then the next ones. */
  async infoFrom(first: number): Promise<string> {
    const path = this.#stage.path(`from-${first}.txt`);
    const inOrder = [...this.#ports.slice(first - 1), ...this.#ports.slice(0, first - 1)];
    await writeFile(path, inOrder.map((port) => `127.0.0.1 ${port} ${this.#fingerprint}\n`).join(''));
    return path;
  }

  /** A client that signs up, and in, at a node. */
  async signUp(name: string, first: number): Promise<ShoalClient> {
    const tracker = await this.infoFrom(first);
    const client = new ShoalClient({ tracker, dataDir: this.#stage.path(name), listen: '127.0.0.1:0' });
    this.#clients.push(client);
    await client.connect();
    await client.createUser(name, `password of ${name}`);
    await client.login(name, `password of ${name}`);
    return client;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
    await Promise.all([...this.#running.values()].map((node) => node.kill()));
  }
}
