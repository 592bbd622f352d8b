import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { Lab, nextEvent } from '../support.js';

describe('a version that a tracker lost, since an older copy of its folder was put back', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let port: number;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    port = lab.tracker.port;
    await share('one');
    await restartTracker('tracker', () =>
      cpSync(join(lab.folder, 'tracker'), join(lab.folder, 'backup'), { recursive: true }),
    );
    await share('two');
    await share('three');
  });
  afterEach(() => lab.close());

  async function share(content: string): Promise<void> {
    const path = join(lab.folder, 'report.csv');
    writeFileSync(path, content);
    await alice.shareFile(path, 'lab');
  }

  async function restartTracker(folder: string, meanwhile: () => unknown = () => {}, clients = [alice, bob]) {
    await lab.tracker.close();
    await meanwhile();
    const back = clients.map((client) => nextEvent(client, 'connected'));
    await lab.startTracker(port, folder);
    await Promise.all(back);
  }

  const newest = async () => (await bob.listFiles('lab'))[0];

  it('is published again by its author, and its other holders share it again', async () => {
    await bob.downloadFile('lab', 'report.csv', join(lab.folder, 'copy')).done;
    await until(async () => (await newest())?.completeSources === 2);
    const { manifestId } = (await newest()) ?? {};
    await restartTracker('backup');
    await until(async () => (await newest())?.manifestId === manifestId);
    assert.equal((await newest())?.version, 2); // versions 2 and 3 are lost, and this is the next one
    await until(async () => bob.shares().length === 1 && ((await newest())?.completeSources ?? 0) >= 1);
    await bob.close();
    bob = (await lab.signedInAgain('bob')).client;
    await until(async () => (await newest())?.completeSources === 2);
  });

  it('does not cover what others published since', async () => {
    await alice.close();
    await restartTracker('backup', undefined, [bob]);
    const copy = join(lab.folder, 'of bob');
    writeFileSync(copy, 'two of bob');
    const owner = lab.client('alice on another device');
    await owner.connect();
    await owner.login('alice', 'password of alice');
    await owner.shareFile(copy, 'lab', { fileName: 'report.csv', base: 1 });
    const again = await lab.signedInAgain('alice');
    await until(() => again.client.shares().length === 0); // its version is no version any more
    const download = await bob.downloadFile('lab', 'report.csv', join(lab.folder, 'newest')).done;
    assert.equal(readFileSync(download.path, 'utf8'), 'two of bob');
  });
});
