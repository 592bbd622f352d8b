import { rmSync } from 'node:fs';
import type { Download, ShoalClient } from '../../../sdk/index.js';
import { nextEvent, someProgress } from '../../sdk/client/support.js';
import { nextOf } from '../../support/next-event.js';
import { untilSeen } from '../../support/until.js';
import { Device } from '../../tracker/device.js';
import { Stage } from '../support/processes.js';
import { randomFile, sha1Of } from '../support/scenes.js';
import { Nodes, type Shared } from './nodes.js';
import { SettingWriter } from './setting-writer.js';

const GROUP = 'lab';
const MIB = 2 ** 20;
const FILE_BYTES = 24 * MIB;
/** So that a transfer lasts longer than what is measured meanwhile. */
const BYTES_PER_SECOND = MIB;
const CLIENTS_A_NODE = 2;
/** States of a download that is not stopped. */
const GOING: ReadonlySet<string> = new Set(['downloading', 'verifying', 'complete']);
const LOOK_EVERY_MS = 50;

/** What one kill of a node did. */
export interface Killed {
  /** Clients that were at the node. */
  readonly clients: number;
  /** From the end of the process until the last of them was signed in elsewhere. */
  readonly elsewhereSeconds: number;
  /** From the end of the process until all other nodes listed the right sources, in the right number. */
  readonly listsRightSeconds: number;
  /** Whether the transfer was ever in another state than that of receiving, or did not go on. */
  readonly isStopped: boolean;
  /** Changes that were acknowledged meanwhile, and those of them that are lost. */
  readonly acknowledged: number;
  readonly lost: number;
}

/** Nodes of a tracker with clients who write and transfer, of which one node after the other is killed (`kill -9`), and started again. */
export class KillingNodes {
  readonly #stage: Stage;
  readonly #nodes: Nodes;
  readonly #clients: ShoalClient[] = [];
  readonly #writers: SettingWriter[] = [];
  /** A member by hand at each node, who asks for sources. */
  readonly #observers = new Map<number, { readonly device: Device; readonly token: string }>();
  #files = 0;

  private constructor(stage: Stage, nodes: Nodes) {
    this.#stage = stage;
    this.#nodes = nodes;
  }

  static async open(shared: Shared, count: number): Promise<KillingNodes> {
    const stage = await Stage.open();
    const scene = new KillingNodes(stage, await Nodes.start(stage, shared, count));
    try {
      await scene.#gather();
      return scene;
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  /** Kills the node with the most clients while they write, and one downloads from another; then starts it again. */
  async kill(): Promise<Killed> {
    const [owner, other] = [this.#client(0), this.#client(1)];
    const { download, name, path, sha1 } = await this.#startTransfer(owner, other);
    const states: string[] = [];
    download.on('state', ({ name: state }) => states.push(state));
    const sources = [owner, other].map(({ deviceId }) => deviceId ?? '').sort();
    const victim = await this.#busiest();
    await this.#listsAre(this.#nodes.numbers, name, sources);

    const hit: Promise<unknown>[] = [];
    const listeners = this.#clients.map((client) => {
      const lost = () => hit.push(nextEvent(client, 'connected', ({ resumed }) => resumed));
      client.once('disconnected', lost);
      return () => client.off('disconnected', lost);
    });
    const clients = await this.#clientsAt(victim);
    const writing = this.#writers.map((writer) => writer.write());
    await Promise.all(this.#writers.map((writer, at) => Promise.race([writer.nextAcknowledged(), writing[at]])));
    await this.#nodes.kill(victim);
    const killedMs = performance.now();
    const seconds = () => (performance.now() - killedMs) / 1000;
    const { donePieces } = download.progress;
    await untilSeen(
      async () => hit.length,
      (count) => count >= clients,
      LOOK_EVERY_MS,
    );
    await Promise.all(hit);
    const elsewhereSeconds = seconds();
    const others = this.#nodes.numbers.filter((number) => number !== victim);
    await this.#listsAre(others, name, sources);
    const listsRightSeconds = seconds();
    for (const stop of listeners) stop();
    for (const writer of this.#writers) writer.stop();
    await Promise.all(writing);

    const goesOn = await growsBeyond(download, donePieces);
    await download.setLimit(0);
    await download.done;
    const isStopped = !goesOn || states.some((state) => !GOING.has(state)) || sha1Of(path) !== sha1;
    const counts = await Promise.all(this.#writers.map((writer) => writer.check()));
    await this.#restart(victim);
    rmSync(path);
    return {
      ...{ clients, elsewhereSeconds, listsRightSeconds, isStopped },
      acknowledged: counts.reduce((sum, one) => sum + one.acknowledged, 0),
      lost: counts.reduce((sum, one) => sum + one.lost, 0),
    };
  }

  async close(): Promise<void> {
    for (const { device } of this.#observers.values()) device.close();
    await this.#nodes.close();
    await this.#stage.close();
  }

  #client(index: number): ShoalClient {
    const client = this.#clients[index];
    if (!client) throw new Error(`there is no client ${index}`);
    return client;
  }

  /** Signs everybody up: the first clients of the nodes, in turns, and then the observers. */
  async #gather(): Promise<void> {
    const { numbers } = this.#nodes;
    for (let index = 0; index < numbers.length * CLIENTS_A_NODE; index++) {
      const client = await this.#nodes.signUp(`user${index}`, 1 + (index % numbers.length));
      this.#clients.push(client);
      this.#writers.push(await SettingWriter.start(client));
    }
    const owner = this.#client(0);
    await owner.createGroup(GROUP);
    const member = this.#client(1);
    const joined = nextEvent(member, 'membershipChanged');
    await member.joinGroup(GROUP);
    await owner.acceptRequest(GROUP, member.userId ?? '');
    await joined;
    for (const number of numbers) {
      const device = await Device.create(this.#nodes.at(number).url);
      const { token } = await device.signUp(`observer${number}`);
      this.#observers.set(number, { device, token });
      await device.call('joinGroup', { groupId: GROUP });
      await owner.acceptRequest(GROUP, `observer${number}`);
    }
  }

  async #startTransfer(owner: ShoalClient, other: ShoalClient) {
    const name = `file-${this.#files++}`;
    const from = this.#stage.path(name);
    const sha1 = randomFile(from, FILE_BYTES);
    await owner.shareFile(from, GROUP);
    const path = this.#stage.path(`copy-of-${name}`);
    const download = other.downloadFile(GROUP, name, path, { limitBytesPerSecond: BYTES_PER_SECOND });
    await download.started;
    if (download.progress.donePieces === 0) await someProgress(download);
    return { download, name, path, sha1 };
  }

  /** Waits until some nodes list these devices as sources of a file, and count them. */
  async #listsAre(numbers: readonly number[], fileName: string, deviceIds: readonly string[]): Promise<void> {
    await Promise.all(
      numbers.map((number) =>
        untilSeen(
          async () => this.#observers.get(number)?.device.call('findSources', { groupId: GROUP, fileName }),
          (found) =>
            found?.file.sharersOnline === deviceIds.length &&
            found.sources
              .map(({ deviceId }) => deviceId)
              .sort()
              .join() === deviceIds.join(),
          LOOK_EVERY_MS,
        ),
      ),
    );
  }

  /** The number of clients at a node: all of its devices but the observer. */
  async #clientsAt(number: number): Promise<number> {
    return (await this.#nodes.at(number).devices()) - 1;
  }

  async #busiest(): Promise<number> {
    const { numbers } = this.#nodes;
    const counts = await Promise.all(numbers.map((number) => this.#clientsAt(number)));
    return numbers[counts.indexOf(Math.max(...counts))] ?? 1;
  }

  async #restart(number: number): Promise<void> {
    await this.#nodes.start(number);
    const observer = this.#observers.get(number);
    await observer?.device.resume(observer.token);
  }
}

/** Whether pieces come after a moment. */
async function growsBeyond(download: Download, donePieces: number): Promise<boolean> {
  if (download.progress.donePieces > donePieces) return true;
  return nextOf(download, 'progress', () => download.progress.donePieces > donePieces).then(
    () => true,
    () => false,
  );
}
