import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import { type Peer, Stage } from '../support/processes.js';
import { signUp } from '../support/scenes.js';

/** Interval between two questions to the tracker. */
const LOOK_EVERY_MS = 100;

describe('folders in the terminal client', function () {
  this.timeout(60_000);
  let stage: Stage;
  let alice: Peer;

  before(async () => {
    stage = await Stage.open();
    const { url } = await stage.startTracker();
    alice = stage.startPeer('alice', url);
    await signUp(alice, 'alice');
    await alice.say('create_group lab');
  });
  after(() => stage.close());

  const names = async () => (await alice.list('list_files lab')).map((line) => line.split('\t').at(-1));

  it('are shared again with what is new, changed and gone, and watched', async () => {
    const folder = await stage.subfolder('project');
    for (const name of ['a', 'b', 'c']) await writeFile(join(folder, name), name);
    const upload = `upload_folder ${folder} lab`;
    assert.equal(await alice.say(upload), 'shared folder project (3 files, 3 bytes) in lab: 3 new');
    await writeFile(join(folder, 'b'), 'changed');
    await writeFile(join(folder, 'd'), 'd');
    await rm(join(folder, 'a'));
    const again = 'shared folder project (3 files, 9 bytes) in lab: 1 new, 1 changed, 1 removed';
    assert.equal(await alice.say(upload), again);
    const same = 'shared folder project (3 files, 9 bytes) in lab: no changes; watched';
    assert.equal(await alice.say(`${upload} --watch`), same);
    await writeFile(join(folder, 'e'), 'e');
    await rm(join(folder, 'd'));
    await until(async () => {
      await sleep(LOOK_EVERY_MS);
      return String(await names()) === 'project/b,project/c,project/e';
    });
    assert.equal(await alice.say('stop_share lab project'), 'stopped sharing folder project (3 files) in lab');
    assert.deepEqual(await names(), []);
  });
});
