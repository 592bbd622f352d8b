import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../sdk/client/library/library.js';
import type { ShoalClient } from '../../../sdk/index.js';
import { Lab, nextEvent } from '../../sdk/client/support.js';
import type { DiskFault } from '../../support/failing-disk.js';
import { Gate } from '../../support/gate.js';
import { until } from '../../support/until.js';
import { failingDisk } from '../support/failing-disk.js';
import { type Peer, Stage } from '../support/processes.js';
import { signUp } from '../support/scenes.js';

const FOLDER_FILES = 300;
/** Files of a folder that are added to the library and registered in one step. */
const BATCH_FILES = 256;
/** Slow enough that the gate closes before a download ends. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;
const DOWNLOAD_BYTES = 384 * 1024;

/** A way to create a share. */
export interface Way {
  readonly what: string;
  /** The write of the library that contains the share, counted from the sign-in. */
  readonly nthWrite: number;
  /** The number of shared files after a kill at the earliest step that keeps any, and after completion. */
  readonly atOnce: number;
  readonly all: number;
  /** Devices that list each file in the end. */
  readonly sources: number;
  /** The command. The names of its shares begin with `name`. */
  begin(scene: SharingScene, name: string): Promise<string>;
  /** The command continues after a restart even if the library does not contain the share yet. */
  readonly goesOn?: boolean;
}

export const WAYS: readonly Way[] = [
  {
    ...{ what: 'a file', nthWrite: 1, atOnce: 1, all: 1 },
    sources: 2,
    begin: async ({ lab, owner }, name) => {
      const path = lab.file(name, 1000);
      await owner.shareFile(path, 'lab', { fileName: `the manifest of ${name}` }); // the tracker then has it already
      return `upload_file ${path} lab`;
    },
  },
  {
    ...{ what: 'a folder', nthWrite: 1, atOnce: BATCH_FILES, all: FOLDER_FILES, sources: 1 },
    begin: async ({ lab }, name) => {
      const folder = lab.subfolder(name);
      for (let file = 0; file < FOLDER_FILES; file++) writeFileSync(join(folder, `f${file}`), `${name} ${file}`);
      return `upload_folder ${folder} lab`;
    },
  },
  {
    ...{ what: 'a finished download', nthWrite: 2, atOnce: 1, all: 1, sources: 2, goesOn: true },
    begin: async ({ lab, owner }, name) => {
      await owner.shareFile(lab.file(name, DOWNLOAD_BYTES), 'lab');
      return `download_file lab ${name} ${lab.subfolder('inbox')}/`;
    },
  },
];

/** The moment of the kill, in the order of the steps. */
export interface Step {
  readonly when: string;
  readonly fault?: Pick<DiskFault, 'call'>;
  readonly hold?: 'up' | 'down';
  /** Whether the library contains the share by then. */
  readonly isSaved: boolean;
}

export const STEPS: readonly Step[] = [
  { when: 'it is served, before the library has it', fault: { call: 'write' }, isSaved: false },
  { when: 'the library is written, before that is on the disk', fault: { call: 'fdatasync' }, isSaved: true },
  { when: 'the library has it, before the tracker is asked', hold: 'up', isSaved: true },
  { when: 'the tracker has registered it, before the answer', hold: 'down', isSaved: true },
  { when: 'the tracker has answered', isSaved: true },
];

/** The moment of the kill while files are withdrawn. */
type Moment = 'up' | 'down' | 'write';

export const WITHDRAWALS: Readonly<Record<string, Moment>> = {
  'the tracker has not been asked': 'up',
  'the tracker has removed them, before the answer': 'down',
  'the tracker has answered, before the library has it': 'write',
};

/**
 * A client that is killed while it shares. Faults of the disk and the network decide when; the shipped code has no hooks.
 */
export class SharingScene {
  readonly lab = new Lab();
  readonly owner: ShoalClient;
  readonly #stage: Stage;
  readonly #gate: Gate;
  readonly #peers: Peer[] = [];

  private constructor(stage: Stage, lab: Lab, owner: ShoalClient, gate: Gate) {
    this.#stage = stage;
    this.lab = lab;
    this.owner = owner;
    this.#gate = gate;
  }

  static async open(): Promise<SharingScene> {
    const lab = new Lab();
    const { port } = await lab.startTracker();
    const owner = await lab.signedIn('owner', { limits: { uploadBytesPerSecond: SLOW_BYTES_PER_SECOND } });
    await owner.createGroup('lab');
    const scene = new SharingScene(await Stage.open(), lab, owner, await Gate.open(port));
    const peer = scene.#start();
    await signUp(peer, 'victim');
    await peer.say('join_group lab');
    await owner.acceptRequest('lab', 'victim');
    await peer.say(`upload_file ${lab.file('first', 10)} lab`); // creates the library
    await peer.stop();
    return scene;
  }

  async close(): Promise<void> {
    await this.#stage.close();
    await this.#gate.close();
    await this.lab.close();
  }

  /** Kills the client at a step of a way, by their indices. */
  async play(wayIndex: number, stepIndex: number): Promise<void> {
    const [way, step] = [WAYS[wayIndex], STEPS[stepIndex]];
    assert.ok(way && step);
    const name = `w${wayIndex}s${stepIndex}`;
    const { owner } = this;
    const before = new Set((await owner.listFiles('lab')).map(({ fileName }) => fileName));
    const fault = step.fault && { ...step.fault, path: 'library.journal', nth: way.nthWrite, how: 'kill' as const };
    const peer = await this.#signedIn(fault);
    const command = await way.begin(this, name);
    const isRegistered = nextShared(owner, name);
    const isHeld = step.hold && !way.goesOn ? this.#gate.hold(step.hold) : undefined;
    peer.write(`${command}\n`);
    if (way.goesOn) await this.#begun(name, step.hold);
    if (step.fault) assert.equal(await peer.exited, 'SIGKILL');
    else if (step.hold === 'up')
      await Promise.all([isHeld, this.#isSaved(name)]); // a look for newer versions may be held first
    else if (step.hold === 'down' || way.goesOn) await isRegistered;
    else assert.match(await peer.line(), /^shared/);
    await peer.kill();
    this.#gate.open();

    const known = await this.#inLibrary();
    const listed = await this.#listed();
    const unknown = listed.filter((fileName) => !known.has(fileName));
    assert.deepEqual(unknown, [], 'listed, and not in the library');
    const ofThis = [...known].filter((fileName) => fileName.startsWith(name));
    const saved = !step.isSaved ? 0 : step.fault || step.hold ? way.atOnce : way.all;
    assert.equal(ofThis.length, saved, `in the library: ${ofThis.length}`);

    const again = await this.#signedIn();
    const shared = step.isSaved || way.goesOn ? Math.max(saved, way.goesOn ? way.all : 0) : 0;
    await until(async () => {
      const files = (await owner.listFiles('lab')).filter(({ fileName }) => fileName.startsWith(name));
      const served = files.filter(({ completeSources }) => completeSources === way.sources);
      return served.length === Math.max(shared, way.goesOn ? 1 : 0) && served.length === files.length;
    });
    const shares = (await again.list('list_shares lab')).filter(
      (line) => line.includes(`] ${name}`) && !line.includes('folder of'),
    );
    assert.equal(shares.length, shared);
    const now = (await owner.listFiles('lab')).map(({ fileName }) => fileName);
    const [fetched] = now.filter((fileName) => !before.has(fileName));
    if (fetched !== undefined && way.sources === 1)
      await owner.downloadFile('lab', fetched, join(this.lab.subfolder('owners'), name)).done;
    await again.stop();
  }

  /** Kills the client while it withdraws the files of a folder that are gone. */
  async withdraw(moment: Moment): Promise<void> {
    const name = `gone ${moment}`;
    const folder = this.lab.subfolder(name);
    for (const file of ['stays', 'goes', 'goes too']) writeFileSync(join(folder, file), `${name} ${file}`);
    const command = `upload_folder "${folder}" lab`;
    const first = await this.#signedIn();
    assert.match(await first.say(command), /^shared folder .*3 files/);
    await first.stop();
    for (const file of ['goes', 'goes too']) rmSync(join(folder, file));

    const fault = { call: 'write', path: 'library.journal', nth: 1, how: 'kill' } as const;
    const peer = await this.#signedIn(moment === 'write' ? fault : undefined);
    const areGone = nextEvent(this.owner, 'filesRemoved');
    const isHeld = moment === 'write' ? undefined : this.#gate.hold(moment);
    peer.write(`${command}\n`);
    if (moment === 'write') assert.equal(await peer.exited, 'SIGKILL');
    await (moment === 'up' ? isHeld : areGone);
    await peer.kill();
    this.#gate.open();

    const again = await this.#signedIn();
    assert.match(await again.say(command), /^shared folder/);
    const left = [`${name}/stays`];
    const listed = await this.#listed();
    assert.deepEqual(
      listed.filter((one) => one.startsWith(name)),
      left,
    );
    await again.stop();
    const known = await this.#inLibrary();
    assert.deepEqual(
      [...known].filter((one) => one.startsWith(name)),
      left,
    );
  }

  /** A process that a failed test left running would keep the data folder locked. */
  async killAll(): Promise<void> {
    this.#gate.open();
    await Promise.all(this.#peers.splice(0).map((peer) => peer.kill()));
  }

  #start(fault?: DiskFault): Peer {
    const env = fault ? failingDisk(this.#stage.path('disk.cjs'), [fault]) : {};
    const peer = this.#stage.startPeer('victim', `wss://127.0.0.1:${this.#gate.port}`, { env });
    this.#peers.push(peer);
    return peer;
  }

  async #signedIn(fault?: DiskFault): Promise<Peer> {
    const peer = this.#start(fault);
    await peer.say('keep_versions 0'); // the writes of the library are counted, and kept contents have some
    assert.match(await peer.say('login victim secret-victim'), /^logged in/);
    return peer;
  }

  /** Waits until a download runs, and then sets the gate for its end. */
  async #begun(name: string, hold: 'up' | 'down' | undefined): Promise<void> {
    const part = join(this.lab.subfolder('inbox'), `${name}.part`);
    await until(() => existsSync(part));
    if (hold) void this.#gate.hold(hold);
  }

  async #isSaved(name: string): Promise<void> {
    const journal = this.#stage.path('peers', 'victim', 'library.journal');
    const line = new RegExp(`"share":\\{[^}]*"${name}["/]`);
    await until(() => {
      const text = readFileSync(journal, 'utf8');
      return line.test(text.slice(0, text.lastIndexOf('\n'))); // a line is written in several parts
    });
  }

  async #inLibrary(): Promise<Set<string>> {
    const library = await Library.open(this.#stage.path('peers', 'victim'));
    const { shares } = library.account(this.lab.tracker.fingerprint, 'victim');
    return new Set(shares.map(({ fileName }) => fileName));
  }

  /** The victim's files that the tracker lists, apart from the owner's. */
  async #listed(): Promise<string[]> {
    const own = new Set(this.owner.shares().map(({ fileName }) => fileName));
    return (await this.owner.listFiles('lab')).map(({ fileName }) => fileName).filter((name) => !own.has(name));
  }
}

/** Resolves once the tracker announces a shared file whose name begins with `name`. */
function nextShared(client: ShoalClient, name: string): Promise<unknown> {
  const isOne = ({ fileName }: { readonly fileName: string }) => fileName.startsWith(name);
  return Promise.race([
    nextEvent(client, 'fileShared', ({ file }) => isOne(file)),
    nextEvent(client, 'filesShared', ({ files }) => files.some(isOne)),
  ]);
}
