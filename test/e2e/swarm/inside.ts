import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Peer, Stage } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';
import { type Host, Network } from './network.js';
import { SWARM_OPTIONS, type SwarmOptions, type SwarmRun } from './swarm.js';

/** The first process of the namespaces: it creates the network, runs the swarms in it, and reports each. */

/** A swarm has failed if it is this many times slower than one line alone. */
const PATIENCE_FACTOR = 10;
const PATIENCE_MS = 60_000;

interface Member {
  readonly host: Host;
  readonly peer: Peer;
}

/** The hosts and programs that all runs share. */
class Scene {
  readonly #options: SwarmOptions;
  readonly #stage: Stage;
  readonly #network: Network;
  readonly #seeder: Member;
  readonly #hosts: readonly Host[];
  readonly #tracker: string;

  private constructor(
    options: SwarmOptions,
    stage: Stage,
    network: Network,
    seeder: Member,
    hosts: readonly Host[],
    tracker: string,
  ) {
    this.#options = options;
    this.#stage = stage;
    this.#network = network;
    this.#seeder = seeder;
    this.#hosts = hosts;
    this.#tracker = tracker;
  }

  static async open(options: SwarmOptions, stage: Stage): Promise<Scene> {
    const network = await Network.open(options.megabits);
    const trackerHost = await network.host('tracker');
    const { url } = await stage.startTracker({ host: trackerHost.address, within: trackerHost.within });
    const seeder = await start(stage, await network.host('seeder'), 'seeder', url);
    await seeder.peer.say('create_group lab');
    const hosts: Host[] = [];
    for (let number = 1; number <= options.peers; number++) hosts.push(await network.host(`peer${number}`));
    return new Scene(options, stage, network, seeder, hosts, url);
  }

  get #inbox(): string {
    return this.#stage.path('inbox');
  }

  async run(number: number): Promise<SwarmRun> {
    const sizeBytes = this.#options.sizeMib * 2 ** 20;
    const path = this.#stage.path(`wanted${number}.bin`);
    const sha1 = randomFile(path, sizeBytes);
    await this.#seeder.peer.say(`upload_file ${path} lab`);
    // Each run uses new members, which have no connections and nothing to offer.
    const members: Member[] = [];
    for (const host of this.#hosts) members.push(await this.#join(host, `${host.name}-${number}`));
    const before = this.#network.sentBytes(this.#seeder.host);
    const doneSeconds = await this.#fetchTogether(members, basename(path), sha1);
    const seederCopies = (this.#network.sentBytes(this.#seeder.host) - before) / sizeBytes;
    await Promise.all(members.map(({ peer }) => peer.stop()));
    await rm(this.#inbox, { recursive: true });
    return { doneSeconds, seederCopies };
  }

  async #join(host: Host, name: string): Promise<Member> {
    const member = await start(this.#stage, host, name, this.#tracker);
    await member.peer.say('join_group lab');
    assert.match(await this.#seeder.peer.say(`accept_request lab ${name}`), /is a member/);
    return member;
  }

  /** Starts all downloads at once. Returns the time of each, in the members' order. Rejects unless every file is correct. */
  async #fetchTogether(members: readonly Member[], fileName: string, sha1: string): Promise<number[]> {
    const { sizeMib, megabits } = this.#options;
    const patienceMs = PATIENCE_MS + (PATIENCE_FACTOR * sizeMib * 8.4 * 1000) / megabits;
    await mkdir(this.#inbox);
    const startedMs = performance.now();
    const done = await Promise.all(
      members.map(async ({ peer, host }) => {
        const path = join(this.#inbox, host.name);
        await peer.say(`download_file lab ${fileName} ${path}`, patienceMs);
        const outcome = await peer.say('wait_downloads', patienceMs);
        const seconds = (performance.now() - startedMs) / 1000;
        assert.match(outcome, /^1 complete, 0 failed/);
        return { seconds, path };
      }),
    );
    // Digests are verified at the end, because they would slow the downloads that are still running.
    for (const { path } of done) assert.equal(sha1Of(path), sha1, `${path} is wrong`);
    return done.map(({ seconds }) => seconds);
  }
}

async function start(stage: Stage, host: Host, name: string, tracker: string): Promise<Member> {
  const peer = stage.startPeer(name, tracker, { listen: `${host.address}:0`, within: host.within });
  await signUp(peer, name);
  return { host, peer };
}

/** The parent is gone: the system ends all other processes together with this one. */
const end = () => process.exit(1);
process.once('disconnect', end);
const options = SWARM_OPTIONS.parse(JSON.parse(process.argv[2] ?? ''));
{
  await using stage = await Stage.open();
  const scene = await Scene.open(options, stage);
  for (let number = 1; number <= options.runs; number++) process.send?.(await scene.run(number));
}
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
