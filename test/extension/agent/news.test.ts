import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewsRecord } from '../../../extension/contract/contract.js';
import type { ShoalClient } from '../../../sdk/index.js';
import { AgentLab, next, type TestWindow, until } from './support.js';

describe('the news of an agent', function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let one: TestWindow;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    one = await lab.signedInWindow('ann');
    bob = await lab.signedIn('bob');
    await bob.createGroup('lab');
    await bob.shareFile(text('old.txt', 'from before'), 'lab');
    await one.client.joinGroup('lab');
    const joined = next(one.client, 'membershipChanged');
    await bob.acceptRequest('lab', 'ann');
    await joined;
  });
  afterEach(() => lab.close());

  function text(name: string, content: string): string {
    const path = join(lab.folder, name);
    rmSync(path, { force: true });
    writeFileSync(path, content);
    return path;
  }

  const namesOf = (groups: readonly NewsRecord[]) =>
    groups.flatMap(({ groupId, files }) => files.map(({ fileName, by }) => `${groupId}/${fileName} by ${by}`));

  it('are what others publish after the first list, and every window hears of it', async () => {
    const other = lab.window();
    assert.deepEqual(namesOf(await one.client.listNews()), []);
    await other.client.open();
    const heard = [one, other].map(({ client }) => next(client, 'news'));
    await bob.shareFile(text('new.txt', 'from now'), 'lab');
    await one.client.shareFile(text('mine.txt', 'my own'), 'lab');
    for (const groups of await Promise.all(heard)) assert.deepEqual(namesOf(groups), ['lab/new.txt by bob']);
    assert.deepEqual(namesOf(await other.client.listNews()), ['lab/new.txt by bob']);
  });

  it('are seen for all windows, and by the next agent, which finds what came meanwhile', async () => {
    await one.client.listNews();
    const heard = next(one.client, 'news');
    await bob.shareFile(text('new.txt', 'from now'), 'lab');
    const [news] = await heard;
    const other = lab.window();
    await other.client.open();
    const seen = next(other.client, 'news');
    await one.client.seeNews('lab', news?.files[0]?.atMs ?? 0);
    assert.deepEqual(await seen, [{ groupId: 'lab', files: [] }]);
    one.close();
    other.close();
    await lab.crash();
    await bob.shareFile(text('new.txt', 'another content'), 'lab');
    await bob.shareFile(text('later.txt', 'from later'), 'lab');
    const third = lab.window();
    await third.client.open();
    await third.client.settled();
    await until(async () => namesOf(await third.client.listNews()).length === 2);
    assert.deepEqual(namesOf(await third.client.listNews()), ['lab/new.txt by bob', 'lab/later.txt by bob']);
  });

  it('in a group of an own user are new from its first member on', async () => {
    await one.client.listNews();
    await one.client.createGroup('choir');
    const asked = next(one.client, 'joinRequested');
    await bob.joinGroup('choir');
    await asked;
    const joined = new Promise((resolve) => bob.once('membershipChanged', resolve));
    await one.client.acceptRequest('choir', 'bob');
    await joined;
    const heard = next(one.client, 'news', (groups) => groups.some(({ files }) => files.length > 0));
    await bob.shareFile(text('song.txt', 'la la'), 'choir');
    assert.deepEqual(namesOf(await heard), ['choir/song.txt by bob']);
  });

  it('are told in one window', async () => {
    const other = lab.window();
    await Promise.all([one.client.listNews(), other.client.open()]);
    const heard = next(one.client, 'news');
    await bob.shareFile(text('new.txt', 'from now'), 'lab');
    await heard;
    const granted = await Promise.all([one, other].map(({ client }) => client.claimNews(['lab'])));
    assert.deepEqual(granted.flat(), ['lab']);
  });
});
