import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { AGENT } from '../../../extension/contract/contract.js';
import { ask } from '../../../extension/daemon/index.js';
import { peersFile } from './peer.js';
import { AgentLab, downloadsAre, hasCode, MIB, next, someProgress, type TestWindow } from './support.js';

describe('the download events that an agent sends to its windows', function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let one: TestWindow;
  let other: TestWindow;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    one = await lab.signedInWindow('ann');
    other = lab.window();
    await other.client.open();
  });
  afterEach(() => lab.close());

  it('cover one download although two windows request it, and its end, whichever cancels it', async () => {
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, one, 12 * MIB, line);
    const asked = [one, other].map(({ client }) => client.downloadFile('lab', 'song.flac', `${folder}/`));
    const ends = asked.map((download) => assert.rejects(download.done, hasCode('ABORTED')));
    await Promise.all(asked.map((download) => download.started));
    const [mine, theirs] = asked;
    assert.ok(mine && theirs);
    assert.equal(mine.id, theirs.id);
    await someProgress(mine);
    assert.equal(one.client.downloads().length, 1);
    await theirs.cancel();
    await Promise.all(ends);
    await downloadsAre(one, (all) => all.length === 0);
    assert.deepEqual(readdirSync(folder), [], 'nothing is left of it');
  });

  it('report the end of a download that was not reported before', async () => {
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, one, 12 * MIB, line);
    const first = one.client.downloadFile('lab', 'song.flac', `${folder}/first.flac`);
    await next(one.client, 'downloadsChanged'); // the next time is a while away
    const second = one.client.downloadFile('lab', 'song.flac', `${folder}/second.flac`, {
      signal: AbortSignal.abort(),
    });
    await assert.rejects(second.done, hasCode('ABORTED'));
    assert.deepEqual([second.state.name, one.client.downloads().length], ['cancelled', 1]);
    await first.cancel();
  });

  it('are the same for a window that attaches later', async () => {
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, one, 12 * MIB, line);
    const download = one.client.downloadFile('lab', 'song.flac', `${folder}/`);
    await someProgress(download);
    await download.pause();
    await downloadsAre(one, ([first]) => first?.state.name === 'paused');
    const snapshot = await ask(await other.link.open(), AGENT, 'attach', {});
    const later = lab.window();
    await later.client.open();
    for (const { client } of [one, later]) {
      const { status, downloads, shares } = client.mirror;
      assert.deepEqual(
        { status, downloads: [...downloads.values()], shares: [...shares.values()] },
        { status: snapshot.status, downloads: snapshot.downloads, shares: snapshot.shares },
      );
    }
  });
});
