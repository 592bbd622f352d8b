import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeManifest, type Source } from '../../../sdk/protocol/index.js';
import { CorruptingSeeder } from '../../sdk/engine/corrupting-seeder.js';
import { Bench, finished, GROUP, nextEvent, type Peer } from '../../sdk/engine/support.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { seeded, testSeed } from '../../support/seeded.js';
import { drawScenario, LIES, type Line, type Scenario } from './scenario.js';

/** `SHOAL_TEST_SEED=n SHOAL_TEST_RUNS=1` replays one run. */
const RUNS = Number(process.env.SHOAL_TEST_RUNS ?? 80);
const FIRST_SEED = testSeed();
const SIDE_BY_SIDE = 8;

describe('a hostile world', function () {
  this.timeout(240_000);

  let bench: Bench;
  let seeders: Peer[];

  before(async () => {
    bench = new Bench({ over: 'tls and threads' });
    seeders = await Promise.all([bench.peer(), bench.peer()]);
  });
  after(() => bench.close());

  it(`brings no wrong byte into a finished file (${RUNS} seeds from ${FIRST_SEED})`, async () => {
    let next = FIRST_SEED;
    await Promise.all(
      Array.from({ length: SIDE_BY_SIDE }, async () => {
        const leecher = await bench.peer();
        keepTicketed(leecher);
        while (next < FIRST_SEED + RUNS) {
          const seed = next++;
          const scenario = drawScenario(seed);
          try {
            await new Run(leecher, seed, scenario).run();
          } catch (error) {
            throw new Error(`seed ${seed}, ${JSON.stringify(scenario)}`, { cause: error });
          }
        }
      }),
    );
  });

  /** Renews a rejected ticket at once. A lost connection may look like a rejection. */
  function keepTicketed(leecher: Peer): void {
    leecher.engine.on('ticketRefused', () => {
      void bench.office.sign(leecher.identity.id).then((ticket) => {
        leecher.engine.send({ type: 'ticket', groupId: GROUP, ticket });
      });
    });
  }

  class Run {
    readonly #leecher: Peer;
    readonly #seed: number;
    readonly #scenario: Scenario;
    readonly #folder: string;
    readonly #content: Buffer;
    readonly #warnings: string[] = [];
    readonly #closers: (() => Promise<void>)[] = [];

    constructor(leecher: Peer, seed: number, scenario: Scenario) {
      this.#leecher = leecher;
      this.#seed = seed;
      this.#scenario = scenario;
      this.#folder = join(bench.folder, `run-${seed}`);
      this.#content = randomBytes(scenario.sizeBytes);
    }

    async run(): Promise<void> {
      const { engine } = this.#leecher;
      const onLog = ({ message }: { message: string }) => this.#warnings.push(message);
      engine.on('log', onLog);
      try {
        await this.#transfer();
      } finally {
        engine.off('log', onLog);
        await Promise.all(this.#closers.map((close) => close()));
      }
    }

    async #transfer(): Promise<void> {
      mkdirSync(this.#folder);
      const path = join(bench.folder, `source-${this.#seed}`);
      const out = join(this.#folder, 'out');
      writeFileSync(path, this.#content);
      const [manifest] = await Promise.all(seeders.map((seeder) => bench.serve(seeder, path)));
      assert.ok(manifest);
      const { liars, lines, liarsFirst } = this.#scenario;
      const lying = await Promise.all(liars.map((name) => this.#liar(manifest, name)));
      const honest = await Promise.all(lines.map((line, index) => this.#line(line, seeders[index])));

      const begin = liarsFirst || lines.length === 0 ? lying : [...lying, ...honest];
      const downloadId = await bench.download(this.#leecher, manifest, out, begin);
      const end = finished(this.#leecher, downloadId);
      end.catch(() => {});
      if (liarsFirst || lines.length === 0) {
        await Promise.race([end, this.#allBanned(downloadId, lying)]);
        assert.ok(!existsSync(out));
        for (const { userId } of lying) assert.ok(this.#warned(userId), 'the liar is told of');
      }
      if (lines.length === 0) {
        const stopped = nextEvent(this.#leecher, 'stopped', (event) => event.downloadId === downloadId);
        this.#leecher.engine.send({ type: 'stopDownload', downloadId });
        await stopped;
        assert.ok(!existsSync(out));
        return;
      }
      if (liarsFirst)
        for (const source of honest) this.#leecher.engine.send({ type: 'sourceCame', downloadId, source });
      await end;
      assert.ok(readFileSync(out).equals(this.#content), 'the bytes');
      assert.deepEqual(readdirSync(this.#folder), ['out']);
      for (const { userId } of seeders.map((seeder) => seeder.source))
        assert.ok(!this.#warned(userId), 'an honest one');
    }

    async #liar(manifest: Uint8Array, name: keyof typeof LIES): Promise<Source> {
      const liar = await CorruptingSeeder.start(decodeManifest(manifest), { lie: LIES[name](this.#content) });
      this.#closers.push(() => liar.close());
      return { ...liar.source, userId: `${name}-${this.#seed}` };
    }

    async #line(line: Line, seeder: Peer | undefined): Promise<Source> {
      assert.ok(seeder);
      const proxy = await FaultProxy.open(line.first, seeded(this.#seed));
      proxy.leadTo(seeder.source.port);
      const change = setTimeout(() => {
        proxy.faults = line.second;
      }, line.changeAfterMs);
      const heal = setTimeout(() => proxy.heal(), line.healAfterMs);
      this.#closers.push(async () => {
        clearTimeout(change);
        clearTimeout(heal);
        await proxy.close();
      });
      return { ...seeder.source, ...proxy.endpoint };
    }

    /** Resolves once all liars are banned and the download waits for other sources. */
    async #allBanned(downloadId: number, liars: readonly Source[]): Promise<void> {
      const { sources } = await nextEvent(
        this.#leecher,
        'downloadProgress',
        (event) =>
          event.downloadId === downloadId &&
          event.phase === 'waiting' &&
          event.sources.length === liars.length &&
          event.sources.every((source) => source.state === 'banned'),
      );
      for (const { deviceId } of liars) {
        const report = sources.find((source) => source.deviceId === deviceId);
        assert.equal(report?.pieces, 0);
      }
    }

    #warned(userId: string): boolean {
      return this.#warnings.some(
        (message) => message.includes(`${userId} (`) && message.includes('sent a wrong piece'),
      );
    }
  }
});
