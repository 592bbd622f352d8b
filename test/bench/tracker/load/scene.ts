import { type RedisCluster, startRedisCluster } from '../../../support/redis-cluster.js';
import { type BenchDatabase, postgresDatabase, sqliteDatabase } from './databases.js';
import { fill, type Groups } from './fill.js';
import { type Member, signInMembers } from './members.js';
import { BenchNode } from './node.js';
import { type CpuSeconds, cpuBetween, cpuNow } from './processes.js';
import { fillSessions, type Session } from './sessions.js';

export interface SceneOptions {
  readonly store: BenchDatabase['kind'];
  /** Nodes that share a Redis Cluster; 0: one node with a swarm in memory. */
  readonly nodes: number;
  /** Of Node. */
  readonly flags?: readonly string[];
}

/** One node that has everything itself. */
export const ALONE = { store: 'sqlite', nodes: 0 } as const;

/** A tracker of one or several nodes with members who are online. */
export class TrackerScene {
  readonly database: BenchDatabase;
  readonly redis: RedisCluster | undefined;
  readonly #options: SceneOptions;
  /** By the prefix of their groups. */
  readonly #sessions = new Map<string, readonly Session[]>();
  readonly nodes: BenchNode[] = [];
  readonly members: Member[] = [];

  private constructor(options: SceneOptions, database: BenchDatabase, redis: RedisCluster | undefined) {
    this.#options = options;
    this.database = database;
    this.redis = redis;
  }

  /** Starts the servers. The nodes start later, when the database is filled. */
  static async open(options: SceneOptions): Promise<TrackerScene> {
    const [database, redis] = await Promise.all([
      options.store === 'sqlite' ? sqliteDatabase() : postgresDatabase(),
      options.nodes === 0 ? undefined : startRedisCluster({ maxmemory: '1gb' }),
    ]);
    return new TrackerScene(options, database, redis);
  }

  /** Fills in groups, and sessions of the first members, unless they have them. */
  async fill(groups: Groups, sessions?: number): Promise<void> {
    await fill(this.database, groups);
    if (sessions !== undefined) this.#sessions.set(groups.prefix, await fillSessions(this.database, groups, sessions));
  }

  async startNodes(): Promise<void> {
    const { nodes, flags } = this.#options;
    const place = { ...this.database.place, ...(this.redis && { swarm: this.redis.urls.join(',') }) };
    while (this.nodes.length < Math.max(1, nodes)) this.nodes.push(await BenchNode.start(place, flags));
  }

  async stopNodes(): Promise<void> {
    for (const { client } of this.members.splice(0)) client.close();
    await Promise.all(this.nodes.splice(0).map((node) => node.stop()));
  }

  /** Signs in members of groups: those with these numbers. */
  async signIn(groups: Groups, from: number, to: number): Promise<Member[]> {
    const members = await signInMembers(this.urls, groups, this.#sessions.get(groups.prefix) ?? [], from, to);
    this.members.push(...members);
    return members;
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  get cpu(): CpuSeconds {
    return cpuNow(this.nodes.map(({ pid }) => pid));
  }

  /** The CPU time of some work. */
  async cpuOf<T>(work: () => Promise<T>): Promise<readonly [T, CpuSeconds]> {
    const before = this.cpu;
    const result = await work();
    return [result, cpuBetween(before, this.cpu)];
  }

  async close(): Promise<void> {
    await this.stopNodes();
    await Promise.all([this.database.close(), this.redis?.stop()]);
  }
}
