import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShoalClient } from '../../../sdk/index.js';
import { createManifest, MAX_KEPT_VERSIONS } from '../../../sdk/protocol/index.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';
import { signUp } from '../support/scenes.js';

const GROUP = 'lab';
const FILE = 'thesis';
/** Publications between two kills. */
const A_KILL = 8;
/** Tries of one publication: each can meet a conflict, a killed client or a killed tracker. */
const MAX_TRIES = 500;
const LATEST_KILL_MS = 60;

/** What happened to the versions. */
export interface Written {
  readonly versions: number;
  /** Publications that were refused because they were based on another version than the newest. */
  readonly conflicts: number;
  readonly kills: number;
}

/**
 * Two terminal clients publish one file against each other, and they and the tracker are killed (`kill -9`) in turns. Checks that every
 * version that a client told of is kept under its number, that none is there twice, and that the numbers have no gap.
 */
export async function writeAndKill(publications: number): Promise<Written> {
  assert.ok(publications <= MAX_KEPT_VERSIONS);
  await using stage = await Stage.open();
  let tracker: Tracker = await stage.startTracker();
  const { url, port } = tracker;
  const [ann, bob] = [await Writer.start(stage, url, 'ann'), await Writer.start(stage, url, 'bob')];
  await ann.peer.say(`create_group ${GROUP} --publishers members --keep-versions ${MAX_KEPT_VERSIONS}`);
  await bob.peer.say(`join_group ${GROUP}`);
  await ann.peer.say(`accept_request ${GROUP} bob`);

  const writers = [ann, bob];
  const told = () => ann.told.size + bob.told.size;
  let kills = 0;
  const killers = [
    () => ann.kill(),
    () => bob.kill(),
    async () => {
      await tracker.kill();
      tracker = await stage.startTracker({ port });
    },
  ];
  const isEnough = () => told() >= publications;
  const writing = Promise.all(writers.map((writer) => writer.write(isEnough)));
  const killing = (async () => {
    for (let next = A_KILL; next < publications; next += A_KILL) {
      while (told() < next) await Promise.race([...writers.map((writer) => writer.nextTold()), writing]);
      await sleep(Math.random() * LATEST_KILL_MS); // a random moment, not a wait for an event
      await killers[kills++ % killers.length]?.();
    }
  })();
  await Promise.all([writing, killing]);

  const kept = await listVersions(stage, url);
  for (const { told: versions } of writers)
    for (const [version, content] of versions) assert.equal(kept.get(version), manifestIdOf(content), content);
  assert.deepEqual(
    [...kept.keys()].toSorted((a, b) => a - b),
    Array.from(kept, (_one, index) => index + 1),
  );
  assert.equal(new Set(kept.values()).size, kept.size, 'none is published twice');
  return { versions: kept.size, conflicts: ann.conflicts + bob.conflicts, kills };
}

class Writer {
  /** Contents by version, as the client told of them. */
  readonly told = new Map<number, string>();
  conflicts = 0;
  peer: Peer;
  readonly #name: string;
  readonly #path: string;
  readonly #start: () => Peer;
  #onTold = () => {};

  private constructor(name: string, path: string, start: () => Peer) {
    this.#name = name;
    this.#path = path;
    this.#start = start;
    this.peer = start();
  }

  static async start(stage: Stage, url: string, name: string): Promise<Writer> {
    const path = join(await stage.subfolder(`${name}s-files`), FILE);
    const writer = new Writer(name, path, () => stage.startPeer(name, url));
    await signUp(writer.peer, name);
    return writer;
  }

  nextTold(): Promise<void> {
    return new Promise((resolve) => {
      this.#onTold = resolve;
    });
  }

  kill(): Promise<void> {
    return this.peer.kill();
  }

  /** Publishes one content after the other; what has no answer is published again. */
  async write(isEnough: () => boolean): Promise<void> {
    for (let number = 1; !isEnough(); number++) {
      const content = `${this.#name} ${number}`;
      await writeFile(this.#path, content);
      await this.#publish(content);
      this.#onTold();
    }
  }

  async #publish(content: string): Promise<void> {
    let base = '';
    let answer = '';
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      answer = await this.#ask(`upload_file ${this.#path} ${GROUP}${base}`);
      const [, version] = /(?:as|is) version (\d+)/.exec(answer) ?? (answer.startsWith('shared') ? ['', '1'] : []);
      if (version !== undefined && !answer.startsWith('error')) {
        this.told.set(Number(version), content);
        return;
      }
      const [, newest] = /^error VERSION_CONFLICT.* with base (\d+)/.exec(answer) ?? [];
      if (newest === undefined) continue;
      this.conflicts++;
      base = ` --base ${newest}`;
    }
    throw new Error(`${content} could not be published in ${MAX_TRIES} tries: ${answer}`);
  }

  /** Runs a command. A killed client starts again, and a client without a connection waits for it. */
  async #ask(command: string): Promise<string> {
    try {
      const answer = await this.peer.say(command);
      if (/^error (DISCONNECTED|SHUTTING_DOWN|NOT_LOGGED_IN)/.test(answer)) {
        await sleep(20);
        if (answer.startsWith('error NOT_LOGGED_IN')) await this.#signIn();
      }
      return answer;
    } catch {
      this.peer = this.#start();
      await this.#signIn().catch((error: unknown) => {
        if (!/TRACKER_UNREACHABLE/.test(String(error))) throw error; // it ends if the tracker is starting, too
      });
      return '';
    }
  }

  async #signIn(): Promise<void> {
    await this.peer.say(`login ${this.#name} secret-${this.#name}`);
  }
}

function manifestIdOf(content: string): string {
  const digest = createHash('sha1').update(content).digest();
  const sizeBytes = Buffer.byteLength(content);
  return createManifest({ algorithm: 'sha1', sizeBytes, fileDigest: digest, pieceDigests: digest }).id;
}

/** The ids of the manifests of all versions. */
async function listVersions(stage: Stage, tracker: string): Promise<Map<number, string>> {
  const reader = new ShoalClient({ tracker, dataDir: stage.path('reader'), listen: '127.0.0.1:0' });
  try {
    await reader.connect();
    await reader.login('ann', 'secret-ann');
    const versions = await reader.listVersions(GROUP, FILE);
    return new Map(versions.map(({ version, manifestId }) => [version, manifestId]));
  } finally {
    await reader.close();
  }
}
