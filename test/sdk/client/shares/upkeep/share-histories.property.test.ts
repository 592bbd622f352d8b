import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import type { ShoalClient } from '../../../../../sdk/index.js';
import { untilSeen } from '../../../../support/until.js';
import { Lab, nextEvent } from '../../support.js';

/**
 * Real clients and a real tracker live through drawn histories: files change, shares are stopped while the tracker is away, the client is
 * killed, and the tracker is replaced by an older copy of itself. In the end everything that the user wishes is shared, nothing else is,
 * others receive what was published, and every name can be published again.
 */

/** `SHOAL_TEST_RUNS=n` draws more histories. */
const RUNS = Number(process.env.SHOAL_TEST_RUNS ?? 3);
const NAMES = ['a', 'b', 'c'];

const happening = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom(
        'edit',
        'touch',
        'saveSame',
        'saveOther',
        'remove',
        'restore',
        'publish',
        'stop',
        'stopAway',
        'removeName',
      ),
      at: fc.nat(NAMES.length - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('restart', 'kill', 'restartTracker', 'backUp', 'putBack'),
      at: fc.constant(0),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** The tracker that is put back lists what was ended since, and has forgotten a version. */
const PUT_BACK: Happening[] = [
  { type: 'backUp', at: 0 },
  { type: 'stop', at: 0 },
  { type: 'removeName', at: 1 },
  { type: 'edit', at: 2 },
  { type: 'publish', at: 2 },
  { type: 'putBack', at: 0 },
];

describe('shares whose files, client and tracker have a history', () => {
  it('are what the user wishes, can be had, and can be published again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 2, maxLength: 9 }), async (happenings) => {
        const world = await World.open();
        try {
          for (const one of happenings) await world.happens(one);
          await world.check();
        } finally {
          await world.close();
        }
      }),
      {
        numRuns: RUNS,
        examples: [[PUT_BACK]],
        endOnFailure: true,
        interruptAfterTimeLimit: 60_000,
        markInterruptAsFailure: false,
      },
    );
  }).timeout(180_000);
});

/** A file of the user, and what should be true of its share. */
interface Wish {
  readonly path: string;
  published: string;
  isWished: boolean;
}

class World {
  readonly #lab = new Lab();
  readonly #wishes: readonly Wish[];
  #alice: ShoalClient;
  #bob: ShoalClient;
  #writes = 0;
  #port = 0;

  private constructor(alice: ShoalClient, bob: ShoalClient, lab: Lab) {
    this.#lab = lab;
    this.#alice = alice;
    this.#bob = bob;
    this.#port = lab.tracker.port;
    this.#wishes = NAMES.map((name) => ({ path: join(lab.folder, name), published: '', isWished: false }));
  }

  static async open(): Promise<World> {
    const lab = new Lab();
    const [alice, bob] = await lab.aliceAndBob();
    const world = new World(alice, bob, lab);
    for (const wish of world.#wishes) {
      world.#write(wish);
      await world.#publish(wish);
    }
    return world;
  }

  close(): Promise<void> {
    return this.#lab.close();
  }

  async happens({ type, at }: Happening): Promise<void> {
    const wish = this.#wishes[at];
    assert.ok(wish);
    const isThere = existsSync(wish.path);
    switch (type) {
      case 'edit':
        if (isThere) this.#write(wish);
        return;
      case 'touch':
        if (isThere) utimesSync(wish.path, 1000 + this.#writes, 1000 + ++this.#writes);
        return;
      case 'saveSame':
      case 'saveOther':
        writeFileSync(`${wish.path}.tmp`, type === 'saveSame' ? wish.published : this.#content(wish));
        return renameSync(`${wish.path}.tmp`, wish.path);
      case 'remove':
        return rmSync(wish.path, { force: true });
      case 'restore':
        return writeFileSync(wish.path, wish.published);
      case 'publish':
        if (isThere) await this.#publish(wish);
        return;
      case 'stop':
        return this.#stop(wish);
      case 'removeName':
        if (wish.isWished) await this.#alice.removeFile('lab', basename(wish.path));
        wish.isWished = false;
        return;
      case 'stopAway':
        return this.#restartTracker(() => this.#stop(wish));
      case 'restart':
        return this.#live();
      case 'kill':
        return this.#kill();
      case 'restartTracker':
        return this.#restartTracker();
      case 'backUp':
        return this.#restartTracker(() => this.#copy('tracker', 'backup'));
      case 'putBack':
        if (!existsSync(join(this.#lab.folder, 'backup'))) return;
        await this.#restartTracker(() => this.#copy('backup', 'tracker'));
    }
  }

  async check(): Promise<void> {
    const wished = this.#wishes.filter(({ isWished }) => isWished);
    const names = this.#namesOf(({ isWished }) => isWished);
    const shared = () => this.#alice.shares().map(({ fileName, state }) => [fileName, state.name]);
    assert.deepEqual(
      shared()
        .map(([name]) => name)
        .sort(),
      names,
      'what is wished for',
    );
    await untilSeen(
      async () => (await this.#bob.listFiles('lab')).map(({ fileName }) => fileName).sort(),
      (listed) => String(names) === String(listed),
    );
    for (const { path, published } of wished) {
      if (!existsSync(path) || readFileSync(path, 'utf8') !== published) continue;
      await untilSeen(
        async () => [shared(), await this.#bob.listFiles('lab')] as const,
        ([shares, files]) =>
          shares.some(([name, state]) => name === basename(path) && state === 'available') &&
          files.some(({ fileName, completeSources }) => fileName === basename(path) && completeSources > 0),
      );
      assert.equal(await this.#fetch(path), published);
    }
    for (const wish of this.#wishes) {
      this.#write(wish);
      await this.#publish(wish);
      assert.equal(await this.#fetch(wish.path), wish.published, 'published again');
    }
  }

  #namesOf(isMeant: (wish: Wish) => boolean): string[] {
    return this.#wishes
      .filter(isMeant)
      .map(({ path }) => basename(path))
      .sort();
  }

  /** What bob receives as the newest version. */
  async #fetch(path: string): Promise<string> {
    const to = join(this.#lab.subfolder('of bob'), `${basename(path)} ${this.#writes++}`);
    return readFileSync((await this.#bob.downloadFile('lab', basename(path), to).done).path, 'utf8');
  }

  async #publish(wish: Wish): Promise<void> {
    await this.#alice.shareFile(wish.path, 'lab');
    wish.published = readFileSync(wish.path, 'utf8');
    wish.isWished = true;
  }

  async #stop(wish: Wish): Promise<void> {
    if (wish.isWished) await this.#alice.stopShare('lab', basename(wish.path));
    wish.isWished = false;
  }

  #content({ path }: Wish): string {
    return `${basename(path)} ${++this.#writes}`;
  }

  #write(wish: Wish): void {
    writeFileSync(wish.path, this.#content(wish));
  }

  /** A client with the data folder of the last one. */
  async #live(between: () => void = () => {}): Promise<void> {
    await this.#alice.close();
    between();
    this.#alice = (await this.#lab.signedInAgain('alice')).client;
  }

  /** The data folder is what it was in the middle of the client's life, as after `kill -9`. */
  async #kill(): Promise<void> {
    this.#copy('alice', 'killed');
    await this.#live(() => this.#copy('killed', 'alice'));
  }

  #copy(from: string, to: string): void {
    const [source, target] = [join(this.#lab.folder, from), join(this.#lab.folder, to)];
    rmSync(target, { recursive: true, force: true });
    cpSync(source, target, { recursive: true, filter: (path) => !LOCKS.has(basename(path)) });
  }

  async #restartTracker(meanwhile: () => unknown = () => {}): Promise<void> {
    const clients = [this.#alice, this.#bob];
    const lost = clients.map((client) => nextEvent(client, 'disconnected'));
    await this.#lab.tracker.close();
    await Promise.all(lost);
    await meanwhile();
    const back = clients.map((client) => nextEvent(client, 'connected'));
    await this.#lab.startTracker(this.#port);
    await Promise.all(back);
    for (const [client, name] of [[this.#alice, 'alice'] as const, [this.#bob, 'bob'] as const])
      if (client.userId === undefined) await client.login(name, `password of ${name}`); // the copy is older than the session
  }
}

/** Files that a living process holds. */
const LOCKS: ReadonlySet<string> = new Set(['lock']);
