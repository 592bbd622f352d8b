import assert from 'node:assert/strict';
import type { Download, ShoalClient } from '../../../sdk/index.js';
import { nextEvent, someProgress } from '../../sdk/client/support.js';
import { nextOf } from '../../support/next-event.js';
import { freshDatabase } from '../../support/postgres/shared-server.js';
import { sharedRedisCluster } from '../../support/shared-redis.js';
import { until, untilSeen } from '../../support/until.js';
import { Stage } from '../support/processes.js';
import { randomFile, sha1Of } from '../support/scenes.js';
import { Nodes } from './nodes.js';

const MIB = 2 ** 20;
const LOOK_EVERY_MS = 100;
/** Below the quota of a user. */
const MOST_GROUPS = 150;

describe('a tracker of two nodes, on PostgreSQL and a Redis Cluster', function () {
  this.timeout(120_000);
  let stage: Stage;
  let nodes: Nodes;
  /** Ann is at the first node, and Bob at the second one. */
  let ann: ShoalClient;
  let bob: ShoalClient;

  before(async () => {
    const [{ url }, { urls }] = await Promise.all([freshDatabase(), sharedRedisCluster()]);
    stage = await Stage.open();
    nodes = await Nodes.start(stage, { store: url, swarm: urls }, 2);
    [ann, bob] = await Promise.all([nodes.signUp('ann', 1), nodes.signUp('bob', 2)]);
    await ann.createGroup('lab');
    await join(bob);
  });
  after(async () => {
    await nodes?.close();
    await stage?.close();
  });

  /** A client asks Ann for membership, and becomes a member: each hears of the other. */
  async function join(client: ShoalClient): Promise<void> {
    const userId = client.userId ?? '';
    const [asked, joined] = [nextEvent(ann, 'joinRequested'), nextEvent(client, 'membershipChanged')];
    await client.joinGroup('lab');
    assert.equal((await asked).userId, userId);
    await ann.acceptRequest('lab', userId);
    assert.equal((await joined).change, 'joined');
  }
  /** Shares a random file of Ann's in the group. */
  async function share(name: string, sizeBytes: number): Promise<string> {
    const path = stage.path(name);
    const sha1 = randomFile(path, sizeBytes);
    await ann.shareFile(path, 'lab');
    return sha1;
  }
  async function fetch(client: ShoalClient, name: string, limitBytesPerSecond?: number): Promise<Download> {
    await stage.subfolder(`of-${client.userId}`);
    const download = client.downloadFile('lab', name, stage.path(`of-${client.userId}`, name), {
      limitBytesPerSecond,
    });
    await download.started;
    return download;
  }
  const sharersOf = async (client: ShoalClient, name: string) =>
    (await client.listFiles('lab')).find(({ fileName }) => fileName === name)?.completeSources;

  it('tells a member at the other node of a file, which it downloads', async () => {
    const told = nextEvent(bob, 'fileShared');
    const sha1 = await share('direct', MIB);
    assert.equal((await told).file.fileName, 'direct');
    const { path } = await (await fetch(bob, 'direct')).done;
    assert.equal(sha1Of(path), sha1);
  });

  it('lets members at different nodes meet at the relay of one', async () => {
    bob.setConnect('relay');
    const sha1 = await share('relayed', MIB);
    const download = await fetch(bob, 'relayed');
    const { path } = await download.done;
    assert.equal(sha1Of(path), sha1);
    assert.deepEqual(
      download.progress.sources.map(({ userId, cameBy }) => ({ userId, cameBy })),
      [{ userId: 'ann', cameBy: 'relay' }],
    );
    bob.setConnect('auto');
  });

  it('loses a node that is killed, but no transfer, nothing acknowledged and no source, and has it back', async () => {
    const sha1 = await share('long', 12 * MIB);
    const download = await fetch(bob, 'long', MIB);
    const states: string[] = [];
    download.on('state', ({ name }) => states.push(name));
    await someProgress(download);

    const written: string[] = [];
    const back = nextEvent(ann, 'connected');
    const writing = writeGroups(ann, written);
    await until(() => written.length > 0);
    await nodes.kill(1);
    const { donePieces } = download.progress;
    await writing;
    assert.deepEqual(await back, { resumed: true });
    await nextOf(download, 'progress', () => download.progress.donePieces > donePieces);
    assert.equal(download.state.name, 'downloading');
    const groups = (await ann.listGroups()).map(({ groupId }) => groupId);
    assert.deepEqual(
      written.filter((groupId) => !groups.includes(groupId)),
      [],
    );
    await untilSeen(
      () => Promise.all([ann, bob].map((client) => sharersOf(client, 'direct'))),
      (counts) => counts.every((count) => count === 2),
      LOOK_EVERY_MS,
    );
    await download.setLimit(0);
    assert.equal(sha1Of((await download.done).path), sha1);
    assert.deepEqual(
      states.filter((name) => name !== 'downloading'),
      ['verifying', 'complete'],
    );

    await nodes.start(1);
    assert.deepEqual(await Promise.all(nodes.numbers.map((number) => nodes.at(number).readiness())), [200, 200]);
    const carol = await nodes.signUp('carol', 1);
    await join(carol);
    assert.equal(await sharersOf(carol, 'long'), 2);
    const { path } = await (await fetch(carol, 'long')).done;
    assert.equal(sha1Of(path), sha1);
  });

  it('moves the clients of a node that is stopped, and none of their requests fails', async () => {
    const dave = await nodes.signUp('dave', 1);
    const told: string[] = [];
    for (const event of ['connected', 'disconnected'] as const) dave.on(event, () => told.push(event));
    const moved = nextEvent(dave, 'missed');
    const written: string[] = [];
    let isStopped = false;
    const writing = writeUntil(dave, written, () => isStopped);
    await until(() => written.length > 0);
    assert.equal(await nodes.stop(1), 0);
    isStopped = true;
    await writing; // which would tell of a failure
    await moved;
    const groups = (await dave.listGroups()).map(({ groupId }) => groupId);
    assert.deepEqual(
      written.filter((groupId) => !groups.includes(groupId)),
      [],
    );
    assert.deepEqual(told, []);
  });
});

/** Makes groups until the node is lost; which the tracker acknowledged is in `written`. */
async function writeGroups(client: ShoalClient, written: string[]): Promise<void> {
  await writeUntil(client, written, () => false).catch(() => {}); // the node is lost
}

async function writeUntil(client: ShoalClient, written: string[], isEnough: () => boolean): Promise<void> {
  while (!isEnough()) {
    const groupId = `${client.userId}-${written.length}`;
    if (written.length >= MOST_GROUPS) {
      await client.listGroups();
      continue;
    }
    await client.createGroup(groupId);
    written.push(groupId);
  }
}
