import { setTimeout as sleep } from 'node:timers/promises';
import { gaveUp } from '../../support/deadline.js';
import { PostgresServer } from '../../support/postgres/postgres-server.js';
import { type RedisCluster, redisRole, startRedisCluster } from '../../support/redis-cluster.js';
import type { RedisServer } from '../../support/redis-server.js';
import { until } from '../../support/until.js';
import { RawClient } from '../../tracker/raw-client.js';
import { Stage } from '../support/processes.js';
import { Nodes } from './nodes.js';
import { SourceLists } from './source-lists.js';
import { Talk } from './talk.js';

const USERS_A_NODE = 4;
const LISTS = 12;
/** Events that a client of version 0.1 does not know. */
const ACCEPTS = ['missed', 'groupChanged', 'fileUpdated'];
/** Between two events of a node, and between two looks at all lists of a node. */
const STEP_MS = 200;
/** Everything has to stay right for this time. */
const STEADY_MS = 4000;
/** Time for an event to arrive. */
const ARRIVAL_MS = 3000;
const GIVE_UP_MS = 90_000;

/** What the loss of a primary of the Redis Cluster did. */
export interface PrimaryKilled {
  /** From the loss until every node listed, for good, the right sources of every file: they changed right after the loss. */
  readonly listsRightSeconds: number;
  /** From the loss until an event of every node had arrived at every user of all nodes, and none was lost any more. */
  readonly eventsRightSeconds: number;
  /** Events that a user of any node did not hear. */
  readonly incomplete: number;
  /** Users who did not hear an event, and were not told that they may have missed something. */
  readonly untold: number;
  /** Answers to those who sent the events, other than success. */
  readonly refused: readonly string[];
}

interface Shard {
  primary: RedisServer;
  replica: RedisServer;
}

/** Nodes of a tracker with users who share and talk, on a Redis Cluster of which one primary after the other is killed. */
export class KillingPrimaries {
  readonly #stage: Stage;
  readonly #postgres: PostgresServer;
  readonly #redis: RedisCluster;
  readonly #shards: Shard[];
  readonly #users: RawClient[] = [];
  readonly #talks: Talk[] = [];
  /** Users who were told that they may have missed something. */
  readonly #told = new Set<RawClient>();
  #nodes: Nodes | undefined;
  #lists: SourceLists | undefined;
  #kills = 0;

  private constructor(stage: Stage, postgres: PostgresServer, redis: RedisCluster) {
    this.#stage = stage;
    this.#postgres = postgres;
    this.#redis = redis;
    this.#shards = redis.primaries.flatMap((primary, index) => {
      const replica = redis.replicas[index];
      return replica ? [{ primary, replica }] : [];
    });
  }

  /** @param timeoutMs `cluster-node-timeout` */
  static async open(count: number, timeoutMs: number): Promise<KillingPrimaries> {
    const [stage, postgres, redis] = await Promise.all([
      Stage.open(),
      PostgresServer.start(),
      startRedisCluster({ 'cluster-node-timeout': `${timeoutMs}` }),
    ]);
    const scene = new KillingPrimaries(stage, postgres, redis);
    try {
      await scene.#gather(count);
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  /** Kills the primary of the next shard while everybody talks and one device begins or ends its shares. Then it comes back as a replica. */
  async kill(): Promise<PrimaryKilled> {
    const shard = this.#shards[this.#kills++ % this.#shards.length];
    const lists = this.#lists;
    if (!shard || !lists) throw new Error('nothing runs');
    this.#told.clear();
    for (const talk of this.#talks) talk.begin();

    await shard.primary.kill();
    const killedMs = performance.now();
    const working = Promise.all([lists.change(), lists.look(STEP_MS)]);
    working.catch(() => {}); // thrown below
    const answers: Promise<string>[] = [];
    for (;;) {
      for (const talk of this.#talks) answers.push(talk.say());
      await sleep(STEP_MS); // the pace of the load, and not a wait for an event
      const nowMs = performance.now();
      if (this.#isSteady(nowMs, lists)) break;
      if (nowMs - killedMs > GIVE_UP_MS)
        throw gaveUp('all lists and events are right again', {
          list: lists.wrong,
          agoMs: nowMs - lists.lastWrongMs,
          incomplete: this.#talks.map((talk) => talk.incompleteBefore(nowMs - ARRIVAL_MS).length),
        });
    }
    lists.stop();
    await working;
    const endMs = performance.now() - ARRIVAL_MS;
    const incomplete = this.#talks.flatMap((talk) =>
      talk.incompleteBefore(endMs).map((event) => talk.membersWithout(event)),
    );
    const refused = (await Promise.all(answers)).filter((code) => code !== 'ok');
    const rightMs = Math.max(...this.#talks.map((talk) => talk.rightSinceMs(endMs) ?? Number.NaN));
    await this.#restore(shard);
    return {
      listsRightSeconds: (lists.lastWrongMs - killedMs) / 1000,
      eventsRightSeconds: (rightMs - killedMs) / 1000,
      incomplete: incomplete.length,
      untold: new Set(incomplete.flat().filter((user) => !this.#told.has(user))).size,
      refused,
    };
  }

  async close(): Promise<void> {
    for (const user of this.#users) user.close();
    await this.#nodes?.close();
    await Promise.all([this.#postgres.stop(), this.#redis.stop()]);
    await this.#stage.close();
  }

  /** Whether lists were right for a while, and no event of that while is incomplete. */
  #isSteady(nowMs: number, lists: SourceLists): boolean {
    if (nowMs - lists.lastWrongMs < STEADY_MS) return false;
    const [fromMs, toMs] = [nowMs - ARRIVAL_MS - STEADY_MS, nowMs - ARRIVAL_MS];
    return this.#talks.every((talk) => {
      const rightSinceMs = talk.rightSinceMs(toMs);
      return (
        rightSinceMs !== undefined &&
        rightSinceMs < toMs &&
        talk.incompleteBefore(toMs).every(({ sentMs }) => sentMs < fromMs)
      );
    });
  }

  async #gather(count: number): Promise<void> {
    await this.#postgres.run('postgres', 'CREATE DATABASE shoal');
    const shared = { store: this.#postgres.url('shoal'), swarm: this.#redis.urls };
    const nodes = await Nodes.start(this.#stage, shared, count);
    this.#nodes = nodes;
    for (let index = 0; index < count * USERS_A_NODE; index++) {
      const client = await RawClient.open(nodes.at(1 + (index % count)).url);
      client.onEvent((event) => {
        if (event === 'missed') this.#told.add(client);
      });
      this.#users.push(await client.signUp(`user${index}`, { host: '127.0.0.1', port: 9000 }, ACCEPTS));
    }
    const owners = this.#users.slice(0, count); // one at each node
    for (const [index, owner] of owners.entries()) {
      const groupId = `talk ${index}`;
      await gatherIn(groupId, owner, this.#users);
      this.#talks.push(new Talk(groupId, owner, this.#users));
    }
    const [steady, changing] = this.#users.slice(count);
    const [owner] = owners;
    if (!owner || !steady || !changing) throw new Error('there are too few users');
    const groupIds = Array.from({ length: LISTS }, (_, index) => `list ${index}`);
    for (const groupId of groupIds) await gatherIn(groupId, owner, [...owners, steady, changing]);
    this.#lists = await SourceLists.open(groupIds, { observers: owners, steady, changing });
  }

  /** Starts the killed server, which becomes the replica of what was its own. */
  async #restore(shard: Shard): Promise<void> {
    await shard.primary.resume();
    const { primary: replica, replica: primary } = shard;
    Object.assign(shard, { primary, replica });
    await until(async () => {
      const roles = await Promise.all(
        this.#shards.flatMap((one) => [redisRole(one.primary.port), redisRole(one.replica.port)]),
      );
      return roles.every((role, index) => role === (index % 2 === 0 ? 'primary' : 'replica'));
    });
  }
}

async function gatherIn(groupId: string, owner: RawClient, members: readonly RawClient[]): Promise<void> {
  await owner.call('createGroup', { groupId });
  for (const member of members) {
    if (member === owner) continue;
    await member.call('joinGroup', { groupId });
    await owner.call('acceptRequest', { groupId, userId: member.userId });
  }
}
