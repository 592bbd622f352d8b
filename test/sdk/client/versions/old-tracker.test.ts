import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { handlers } from '../../../../tracker/methods/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

describe('a tracker that keeps no versions', () => {
  const methods: { hello: (typeof handlers)['hello'] } = handlers;
  const { hello } = methods;
  let lab: Lab;
  let alice: ShoalClient;

  before(() => {
    methods.hello = async (...args) => {
      const { offers: _, ...answer } = await hello(...args);
      return answer;
    };
  });
  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
  });
  afterEach(() => lab.close());
  after(() => {
    methods.hello = hello;
  });

  const share = (content: string, options = {}) => {
    const path = join(lab.folder, 'report.csv');
    writeFileSync(path, content);
    return alice.shareFile(path, 'lab', options);
  };

  it('shares files as before', async () => {
    assert.equal((await share('one')).outcome, 'shared');
    assert.equal((await share('one')).outcome, 'shared');
    await assert.rejects(share('two'), hasCode('NAME_TAKEN'));
    const folder = lab.subfolder('tree');
    for (const content of ['one', 'two, longer']) {
      writeFileSync(join(folder, 'a'), content);
      assert.deepEqual((await alice.shareFolder(folder, 'lab')).skipped, []);
    }
    assert.equal((await alice.listFiles('lab', { folder: 'tree' }))[0]?.sizeBytes, 11);
  });

  it("ends the shares of files that are gone from their folder, and nobody else's", async () => {
    const bob = await lab.signedIn('bob');
    await bob.joinGroup('lab');
    await alice.acceptRequest('lab', 'bob');
    const folder = lab.subfolder('tree');
    for (const name of ['stays', 'goes', 'bob has it']) writeFileSync(join(folder, name), name);
    await alice.shareFolder(folder, 'lab');
    await bob.downloadFile('lab', 'tree/bob has it', join(lab.folder, 'copy')).done;
    await until(async () => (await alice.listFiles('lab')).some(({ completeSources }) => completeSources === 2));
    for (const name of ['goes', 'bob has it']) rmSync(join(folder, name));
    const { removed, unchanged, skipped } = await alice.shareFolder(folder, 'lab');
    assert.deepEqual({ removed, unchanged, skipped }, { removed: 2, unchanged: 1, skipped: [] });
    const listed = (await bob.listFiles('lab')).map(({ fileName, completeSources }) => [fileName, completeSources]);
    assert.deepEqual(listed, [
      ['tree/bob has it', 1],
      ['tree/stays', 1],
    ]);
    assert.deepEqual(
      alice.shares().map(({ fileName }) => fileName),
      ['tree/stays'],
    );
    assert.equal((await alice.shareFolder(folder, 'lab')).removed, 0);
  });

  it('is reported by what needs versions', async () => {
    await share('one');
    const refused = hasCode('TRACKER_INCOMPATIBLE');
    await assert.rejects(alice.listVersions('lab', 'report.csv'), refused);
    await assert.rejects(alice.revertFile('lab', 'report.csv', 1), refused);
    await assert.rejects(alice.removeFile('lab', 'report.csv'), refused);
    await assert.rejects(alice.changeGroup('lab', { keepDays: 1 }), refused);
    await assert.rejects(alice.createGroup('other', { publishers: 'members' }), refused);
    await assert.rejects(share('two', { base: 1 }), refused);
    await assert.rejects(share('two', { note: 'why' }), refused);
    const download = alice.downloadFile('lab', 'report.csv', join(lab.folder, 'copy'), { version: 1 });
    await assert.rejects(download.done, refused);
  });

  it('tells the versions of what was shared before, once it is updated', async () => {
    await share('one');
    const { port } = lab.tracker;
    await lab.tracker.close();
    const old = methods.hello;
    methods.hello = hello;
    try {
      const isBack = nextEvent(alice, 'connected');
      await lab.startTracker(port);
      await isBack;
      await until(async () => (await alice.listFiles('lab'))[0]?.completeSources === 1);
      const { outcome, version } = await share('two');
      assert.deepEqual([outcome, version], ['published', 2]);
    } finally {
      methods.hello = old;
    }
  });
});
