import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SharedFolderChanges, ShoalClient } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

/** Interval between two questions to the tracker. */
const LOOK_EVERY_MS = 50;

describe('a watched folder', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let told: SharedFolderChanges[];

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    lab.subfolder('tree/sub');
    writeFileSync(at('a'), 'a');
    writeFileSync(at('sub/b'), 'b');
    told = [];
    alice.on('folderShared', (changes) => told.push(changes));
    await alice.shareFolder(join(lab.folder, 'tree'), 'lab', { watch: true });
  });
  afterEach(() => lab.close());

  const at = (place: string) => join(lab.folder, 'tree', place);
  const names = async () => {
    await sleep(LOOK_EVERY_MS);
    return (await bob.listFiles('lab')).map(({ fileName }) => fileName.slice('tree/'.length));
  };
  const untilShared = (...wanted: string[]) => until(async () => String(await names()) === String(wanted.sort()));
  const size = async (name: string) => {
    await sleep(LOOK_EVERY_MS);
    return (await bob.listFiles('lab')).find(({ fileName }) => fileName === `tree/${name}`)?.sizeBytes;
  };

  it('shares what is new, changed and gone, also in new folders, and tells of it', async () => {
    mkdirSync(at('new/deep'), { recursive: true });
    writeFileSync(at('new/deep/c'), 'c');
    await untilShared('a', 'sub/b', 'new/deep/c');
    writeFileSync(at('new/deep/d'), 'd');
    appendFileSync(at('a'), ', changed');
    rmSync(at('sub'), { recursive: true });
    await untilShared('a', 'new/deep/c', 'new/deep/d');
    await until(async () => (await size('a')) === 10);
    writeFileSync(at('a'), 'a, changed again');
    await until(async () => (await size('a')) === 16);
    const sum = (what: 'added' | 'changed' | 'removed') => told.reduce((all, one) => all + one[what], 0);
    await until(() => sum('added') + sum('changed') + sum('removed') === 5);
    assert.deepEqual([sum('added'), sum('changed'), sum('removed')], [2, 2, 1]);
  });

  it('is watched after a restart, with what happened meanwhile, until that is turned off', async () => {
    await alice.close();
    writeFileSync(at('c'), 'c');
    alice = (await lab.signedInAgain('alice')).client;
    const [folder] = alice.sharedFolders();
    assert.deepEqual(folder, { groupId: 'lab', folder: 'tree', path: join(lab.folder, 'tree'), watch: true });
    await untilShared('a', 'c', 'sub/b');
    await alice.shareFolder(join(lab.folder, 'tree'), 'lab');
    assert.equal(alice.sharedFolders()[0]?.watch, false);
    await alice.stopFolder('lab', 'TREE');
    assert.deepEqual(alice.sharedFolders(), []);
    assert.deepEqual(alice.shares(), []);
    await assert.rejects(alice.stopFolder('lab', 'tree'), hasCode('NOT_SHARED'));
  });

  it('is watched or not as its user says, who shares nothing by that', async () => {
    const other = lab.subfolder('other');
    writeFileSync(join(other, 'a'), 'a');
    await alice.shareFolder(other, 'lab', { watch: true });
    await alice.watchFolder('lab', 'TREE', false);
    assert.equal(alice.sharedFolders().find(({ folder }) => folder === 'tree')?.watch, false);
    writeFileSync(at('c'), 'c');
    writeFileSync(join(other, 'c'), 'c');
    await until(async () => (await bob.listFiles('lab')).some(({ fileName }) => fileName === 'other/c'));
    assert.ok(!(await names()).includes('c'));
    await alice.watchFolder('lab', 'tree', true);
    await until(async () => (await names()).includes('c'));
    rmSync(at('a'));
    await until(async () => !(await names()).includes('a'));
    await assert.rejects(alice.watchFolder('lab', 'tree/sub', true), hasCode('NOT_SHARED'));
    await assert.rejects(bob.watchFolder('lab', 'tree', true), hasCode('NOT_SHARED'));
  });

  it('withdraws nothing while it is away, says so, and goes on when it is back', async () => {
    const failed = nextEvent(alice, 'folderShareFailed');
    renameSync(join(lab.folder, 'tree'), join(lab.folder, 'away'));
    assert.equal((await failed).error.code, 'PATH_NOT_FOUND');
    assert.equal(alice.sharedFolders()[0]?.problem?.code, 'PATH_NOT_FOUND');
    assert.deepEqual(await names(), ['a', 'sub/b']);
    writeFileSync(join(lab.folder, 'away/c'), 'c');
    renameSync(join(lab.folder, 'away'), join(lab.folder, 'tree'));
    await untilShared('a', 'c', 'sub/b');
    await until(() => alice.sharedFolders()[0]?.problem === undefined);
  });

  it('shares no file again that its user stopped or that was removed from the group', async () => {
    await alice.stopShare('lab', 'tree/a');
    await alice.removeFile('lab', 'tree/sub/b');
    assert.deepEqual(alice.sharedFolders(), [], 'nothing of it is shared any more');
    await alice.shareFolder(join(lab.folder, 'tree'), 'lab', { watch: true });
    await alice.stopShare('lab', 'tree/a');
    writeFileSync(at('c'), 'c');
    await untilShared('c', 'sub/b');
    await alice.leaveGroup('lab');
    assert.deepEqual(alice.sharedFolders(), []);
  });
});
