import { join } from 'node:path';
import type { Source } from '../../../sdk/protocol/index.js';
import { Device } from '../../tracker/device.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';

const FILE = 'wanted.bin';

/** A seeder in its own process, a hostile member, and honest members that want the file. */
export class LorisScene {
  readonly seeder: Peer;
  readonly #stage: Stage;
  readonly #tracker: Tracker;
  readonly #sha1: string;
  #downloads = 0;

  private constructor(stage: Stage, tracker: Tracker, seeder: Peer, sha1: string) {
    this.#stage = stage;
    this.#tracker = tracker;
    this.seeder = seeder;
    this.#sha1 = sha1;
  }

  static async open(sizeBytes: number): Promise<LorisScene> {
    const stage = await Stage.open();
    const tracker = await stage.startTracker();
    const seeder = stage.startPeer('seeder', tracker.url);
    await signUp(seeder, 'seeder');
    await seeder.say('create_group lab');
    const path = stage.path(FILE);
    const sha1 = randomFile(path, sizeBytes);
    await seeder.say(`upload_file ${path} lab`);
    return new LorisScene(stage, tracker, seeder, sha1);
  }

  close(): Promise<void> {
    return this.#stage.close();
  }

  /** A member with its ticket, and the seeder's address. */
  async member(name: string): Promise<{ device: Device; ticket: string; source: Source }> {
    const device = await Device.create(this.#tracker.url);
    await device.signUp(name);
    await device.call('joinGroup', { groupId: 'lab' });
    await this.seeder.say(`accept_request lab ${name}`);
    const { ticket } = await device.call('ticket', { groupId: 'lab' });
    const { sources } = await device.call('findSources', { groupId: 'lab', fileName: FILE });
    const [source] = sources;
    if (!source) throw new Error('the seeder is not listed');
    return { device, ticket, source };
  }

  /** An honest member that is signed in and idle. */
  async downloader(): Promise<Peer> {
    const name = `honest${this.#downloads++}`;
    const peer = this.#stage.startPeer(name, this.#tracker.url);
    await signUp(peer, name);
    await peer.say('join_group lab');
    await this.seeder.say(`accept_request lab ${name}`);
    return peer;
  }

  /** Downloads the file and checks it. Returns the seconds that it took. */
  async download(peer: Peer): Promise<number> {
    const folder = await this.#stage.subfolder(`inbox-${this.#downloads}-${peer.pid}`);
    const startedMs = performance.now();
    await peer.say(`download_file lab ${FILE} ${folder}`);
    const outcome = await peer.say('wait_downloads');
    const seconds = (performance.now() - startedMs) / 1000;
    if (!outcome.startsWith('1 complete, 0 failed') || sha1Of(join(folder, FILE)) !== this.#sha1)
      throw new Error(outcome);
    return seconds;
  }
}
