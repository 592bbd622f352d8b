import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresPair } from '../../support/postgres/postgres-pair.js';
import { untilSeen } from '../../support/until.js';
import { Stage } from '../support/processes.js';
import { Nodes } from './nodes.js';
import { ShareWriter } from './share-writer.js';

const WRITERS_A_NODE = 8;
/** So that writes are under way at all writers when the primary is lost. */
const WRITES_BEFORE = 10;
/** Writes of each writer after which it counts as back. */
const WRITES_AFTER = 5;
const LOOK_EVERY_MS = 10;

/** What one loss of the primary did. */
export interface Loss {
  /** From the loss until the standby was the primary. */
  readonly promotedSeconds: number;
  /** From the loss until each writer had a write acknowledged again. */
  readonly writesBackSeconds: number;
  /** From the loss until every node was ready again. */
  readonly readySeconds: number;
  readonly acknowledged: number;
  readonly unconfirmed: number;
  readonly refused: number;
  /** Acknowledged, and not there. */
  readonly lost: readonly string[];
  /** Refused as unchanged, and there. */
  readonly made: readonly string[];
  /** Refused with other codes. */
  readonly unexpected: readonly string[];
}

/** Nodes of a tracker with devices that write, on a PostgreSQL with a synchronous standby. One primary after the other is lost. */
export class LosingDatabase {
  readonly #stage: Stage;
  readonly #pair: PostgresPair;
  readonly #writers: ShareWriter[] = [];
  #nodes: Nodes | undefined;

  private constructor(stage: Stage, pair: PostgresPair) {
    this.#stage = stage;
    this.#pair = pair;
  }

  /** @param swarm URLs of a Redis Cluster */
  static async open(swarm: readonly string[], count: number): Promise<LosingDatabase> {
    const scene = new LosingDatabase(await Stage.open(), await PostgresPair.start());
    try {
      await scene.#start(swarm, count);
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  /** Kills the primary under load, or lets it hang, promotes the standby after some time, and makes the lost one its standby. */
  async lose(how: 'kill' | 'hang', noticeMs: number): Promise<Loss> {
    const nodes = this.#running;
    const writing = Promise.all(this.#writers.map((writer) => writer.write()));
    await this.#eachHas(WRITES_BEFORE);
    await this.#pair.primary[how]();
    const killedMs = performance.now();
    const seconds = () => (performance.now() - killedMs) / 1000;
    await sleep(noticeMs); // until somebody, or a program, has noticed
    await this.#pair.promote();
    const promotedSeconds = seconds();
    const counts = this.#writers.map(({ said }) => said.acknowledged.length);
    const back = this.#writers.map((writer, index) =>
      untilSeen(
        () => writer.said.acknowledged.length,
        (length) => length > (counts[index] ?? 0),
        LOOK_EVERY_MS,
      ).then(seconds),
    );
    const ready = nodes.numbers.map((number) =>
      untilSeen(
        () => nodes.at(number).readiness(),
        (status) => status === 200,
        LOOK_EVERY_MS,
      ).then(seconds),
    );
    const [writesBackSeconds, readySeconds] = [
      Math.max(...(await Promise.all(back))),
      Math.max(...(await Promise.all(ready))),
    ];
    await this.#eachHas(WRITES_BEFORE + WRITES_AFTER);
    for (const writer of this.#writers) writer.stop();
    await writing;
    const wrong = await Promise.all(this.#writers.map((writer) => writer.check()));
    await this.#pair.rebuild();
    const sum = (kind: 'acknowledged' | 'unconfirmed' | 'refused') =>
      this.#writers.reduce((total, { said }) => total + said[kind].length, 0);
    return {
      ...{ promotedSeconds, writesBackSeconds, readySeconds },
      ...{ acknowledged: sum('acknowledged'), unconfirmed: sum('unconfirmed'), refused: sum('refused') },
      lost: wrong.flatMap(({ lost }) => lost),
      made: wrong.flatMap(({ made }) => made),
      unexpected: this.#writers.flatMap(({ said }) => said.unexpected),
    };
  }

  async close(): Promise<void> {
    for (const writer of this.#writers) writer.close();
    await this.#nodes?.close();
    await this.#pair.stop();
    await this.#stage.close();
  }

  get #running(): Nodes {
    if (!this.#nodes) throw new Error('no node runs');
    return this.#nodes;
  }

  async #start(swarm: readonly string[], count: number): Promise<void> {
    await this.#pair.primary.run('postgres', 'CREATE DATABASE shoal');
    const nodes = await Nodes.start(this.#stage, { store: this.#pair.url('shoal'), swarm }, count);
    this.#nodes = nodes;
    for (let index = 0; index < count * WRITERS_A_NODE; index++)
      this.#writers.push(await ShareWriter.start(nodes.at(1 + (index % count)).url, `writer${index}`, index));
  }

  async #eachHas(writes: number): Promise<void> {
    await untilSeen(
      () => Math.min(...this.#writers.map(({ said }) => said.acknowledged.length)),
      (fewest) => fewest >= writes,
      LOOK_EVERY_MS,
    );
  }
}
