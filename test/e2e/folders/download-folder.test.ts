import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createManifest } from '../../../sdk/protocol/index.js';
import { CorruptingSeeder } from '../../sdk/engine/corrupting-seeder.js';
import { drawn, seeded, testSeed } from '../../support/seeded.js';
import { Device } from '../../tracker/device.js';
import type { Peer } from '../support/processes.js';
import { assertTree, drawTree, FolderScene, placesBelow } from './folder-scene.js';

const KILLS = 3;
const LATEST_KILL_MS = 400;

describe('a shared folder, fetched by real processes', function () {
  this.timeout(180_000);

  let scene: FolderScene;
  const others: Peer[] = [];
  before(async () => {
    scene = await FolderScene.open(drawTree(400));
  });
  after(() => scene.close());

  it('comes whole, with empty, deep and large files, and is served on', async () => {
    const bob = await scene.member('bob');
    others.push(bob);
    const inbox = await scene.stage.subfolder('bob-files');
    const said = await bob.say(`download_folder lab tree ${inbox}`);
    assert.match(said, /^downloading folder tree \(405 files, .*\) from lab to .*\/bob-files\/tree$/);
    assert.match(await bob.say('wait_downloads'), /^1 complete, 0 failed$/);
    assertTree(join(inbox, 'tree'), scene.tree);
    assert.deepEqual(readdirSync(scene.stage.path('peers', 'bob', 'folders')), []);

    const carol = await scene.member('carol');
    others.push(carol);
    const place = await scene.stage.subfolder('carol-files');
    await scene.withoutOwner(async () => {
      await carol.say(`download_folder lab tree/docs ${place}`);
      assert.match(await carol.say('wait_downloads'), /^1 complete, 0 failed$/);
    });
    const docs = [...scene.tree].filter(([name]) => name.startsWith('docs/'));
    assertTree(join(place, 'docs'), new Map(docs.map(([name, bytes]) => [name.slice(5), bytes])));
  });

  it('keeps what is there, and tells of what is in the way, at the end', async () => {
    const dave = await scene.member('dave');
    others.push(dave);
    const inbox = await scene.stage.subfolder('dave-files', 'tree');
    writeFileSync(join(inbox, 'file 0.txt'), 'precious');
    const same = scene.tree.get('file 4.txt') ?? Buffer.alloc(0);
    writeFileSync(join(inbox, 'file 4.txt'), same);
    await dave.say(`download_folder lab tree ${scene.stage.path('dave-files')}`);
    assert.match(await dave.say('wait_downloads'), /1 failed$/);
    const listed = (await dave.list('show_downloads')).find((line) => line.includes('tree/ '));
    assert.match(
      listed ?? '',
      /FOLDER_INCOMPLETE: 1 of 405 files of tree failed, first tree\/file 0.txt: DESTINATION_EXISTS/,
    );
    assert.equal(readFileSync(join(inbox, 'file 0.txt'), 'utf8'), 'precious');
    writeFileSync(join(inbox, 'file 0.txt'), scene.tree.get('file 0.txt') ?? '');
    assert.match(await dave.say('resume_download lab tree'), /^resumed tree\//);
    assert.match(await dave.say('wait_downloads'), /, 0 failed$/);
    assertTree(inbox, scene.tree);
  });

  it(`is right in the end, whenever it is killed (kill -9, ${KILLS} times)`, async () => {
    const seed = testSeed();
    const random = seeded(seed);
    let peer = await scene.member('erin');
    const inbox = await scene.stage.subfolder('erin-files');
    await peer.say(`download_folder lab tree ${inbox}`);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(drawn(random, LATEST_KILL_MS)); // a random moment, not a wait for an event
      await peer.kill();
      const there = existsSync(join(inbox, 'tree')) ? placesBelow(join(inbox, 'tree')) : [];
      for (const place of there.filter((one) => !/\.part(\.journal)?(\.new)?$/.test(one)))
        assert.ok(
          readFileSync(join(inbox, 'tree', place)).equals(scene.tree.get(place) ?? Buffer.of(1)),
          `seed ${seed}: ${place}`,
        );
      peer = scene.stage.startPeer('erin', scene.trackerUrl);
      assert.match(await peer.say('login erin secret-erin'), /^logged in/);
    }
    assert.match(await peer.say('wait_downloads'), /, 0 failed$/, `seed ${seed}`);
    assertTree(join(inbox, 'tree'), scene.tree);
    await peer.stop();
  });

  it('is right with a source that lies, which is banned', async () => {
    const liar = await Device.create(scene.trackerUrl);
    await liar.signUp('liar');
    await liar.call('joinGroup', { groupId: 'lab' });
    await scene.owner.acceptRequest('lab', 'liar');
    const { files } = await liar.call('listFiles', { groupId: 'lab', folder: 'tree/docs/deep' });
    assert.ok(files.length > 0);
    const some = createManifest({
      algorithm: 'sha1',
      sizeBytes: 1,
      fileDigest: Buffer.alloc(20),
      pieceDigests: Buffer.alloc(20),
    });
    const corrupting = await CorruptingSeeder.start(some, { identity: liar.identity });
    const lying = await Device.create(scene.trackerUrl, corrupting.source.port, liar.identity);
    const device = await lying.connect();
    await lying.call('login', { userId: 'liar', password: 'pw', device });
    const items = files.map(({ manifestId }) => ({ groupId: 'lab', manifestId, complete: true }));
    await lying.call('announce', { items });

    const frank = await scene.member('frank', ['--log-level', 'debug']);
    const inbox = await scene.stage.subfolder('frank-files');
    for (const peer of others) await peer.stop(); // leaves only the liar as a source
    await scene.withoutOwner(async () => {
      await frank.say(`download_folder lab tree ${inbox}`);
      await frank.warns(/liar .* sent a wrong .*banned for this folder/);
    });
    assert.match(await frank.say('wait_downloads'), /, 0 failed$/);
    assertTree(join(inbox, 'tree'), scene.tree);
    lying.close();
    liar.close();
    await corrupting.close();
  });
});
