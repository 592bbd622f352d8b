import assert from 'node:assert/strict';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Share, ShareStateName, ShoalClient } from '../../../../../sdk/index.js';
import { until } from '../../../../support/until.js';
import { hasCode, Lab, nextEvent, sha1Of } from '../../support.js';

const FILES = 300;

describe('a share whose file', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    alice.setKeptVersions(false);
  });
  afterEach(() => lab.close());

  const stateOf = (share: Share | undefined) => share?.state.name;
  const states = () => new Set(alice.shares().map(stateOf));
  const is = (name: ShareStateName) => nextEvent(alice, 'shareChanged', ({ state }) => state.name === name);
  const sources = async () => (await bob.listFiles('lab')).filter(({ completeSources }) => completeSources > 0).length;

  it('on a disk that is unplugged is missing with all others there, and served again with them', async () => {
    const disk = lab.subfolder('disk');
    for (let file = 0; file < FILES; file++) writeFileSync(join(disk, `f${file}`), `content ${file}`);
    await alice.shareFolder(disk, 'lab');
    renameSync(disk, `${disk}.away`);
    await until(() => states().size === 1 && states().has('missing'));
    assert.match(alice.shares()[0]?.state.why ?? '', /folder .*disk is not there/);
    await until(async () => (await sources()) === 0);
    assert.equal((await bob.listFiles('lab')).length, FILES, 'the group knows what it will have again');
    renameSync(`${disk}.away`, disk);
    await until(() => states().size === 1 && states().has('available'));
    await until(async () => (await sources()) === FILES);
    await bob.downloadFile('lab', 'disk/f7', join(lab.folder, 'copy')).done;
  });

  it('saved by renaming is edited, and available again when its content is back', async () => {
    const path = lab.file('report', 1000);
    await alice.shareFile(path, 'lab');
    renameSync(path, `${path}~`);
    const edited = is('edited');
    writeFileSync(`${path}.tmp`, 'other');
    renameSync(`${path}.tmp`, path);
    assert.match((await edited).state.why ?? '', /other content/);
    await until(async () => (await sources()) === 0);
    const back = is('available');
    renameSync(`${path}~`, path);
    await back;
    await until(async () => (await sources()) === 1);
  });

  it('touched is served on, to whoever reads it at that time', async () => {
    const path = lab.file('large', 4 << 20);
    await alice.shareFile(path, 'lab');
    const heard: string[] = [];
    alice.on('shareLost', ({ reason }) => heard.push(reason));
    for (let time = 1; time <= 3; time++) {
      const copy = join(lab.folder, `copy${time}`);
      utimesSync(path, time, time);
      await bob.downloadFile('lab', 'large', copy).done;
      assert.equal(sha1Of(copy), sha1Of(path));
      await until(() => stateOf(alice.shares()[0]) === 'available');
      await bob.stopShare('lab', 'large');
    }
    assert.deepEqual(heard, []);
  });

  it('in a folder was edited fails alone for whoever downloads the folder, and waits for nobody', async () => {
    const tree = lab.subfolder('tree');
    for (const name of ['kept', 'edited']) writeFileSync(join(tree, name), name);
    utimesSync(join(tree, 'edited'), 1_700_000_000, 1_700_000_000);
    await alice.shareFolder(tree, 'lab');
    writeFileSync(join(tree, 'edited'), 'EDITED');
    utimesSync(join(tree, 'edited'), 1_700_000_000, 1_700_000_000);
    const download = bob.downloadFolder('lab', 'tree', lab.subfolder('inbox'));
    await assert.rejects(download.done, hasCode('FOLDER_INCOMPLETE'));
    assert.deepEqual(
      download.failures.map(({ fileName, code }) => [fileName, code]),
      [['tree/edited', 'FILE_CHANGED']],
    );
  });
});
