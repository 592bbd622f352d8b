import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Library } from '../../../sdk/client/library/library.js';
import type { Download, ShoalClient } from '../../../sdk/index.js';
import { hasCode, Lab, nextEvent, sha1Of, someProgress } from './support.js';

const MIB = 1 << 20;
const NAMES = ['a', 'b', 'c', 'd'] as const;

describe('downloads that take turns', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let out: string;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob({ limits: { downloadsAtOnce: 1 } });
    for (const name of NAMES) await alice.shareFile(lab.file(name, 2 * MIB), 'lab');
    out = lab.subfolder('out');
  });
  afterEach(() => lab.close());

  /** Nothing gets done until this is lifted: a file takes a quarter of an hour. */
  function hold(client: ShoalClient): void {
    client.setLimits({ downloadBytesPerSecond: 2000 });
  }

  function fetch(name: string, client = bob): Download {
    return client.downloadFile('lab', name, join(out, name));
  }

  /** In which order downloads of a client leave the queue. */
  function begins(client: ShoalClient): string[] {
    const begun: string[] = [];
    client.on('downloadChanged', ({ state, fileName }) => {
      if (state.name === 'starting' && begun.at(-1) !== fileName) begun.push(fileName);
    });
    return begun;
  }

  /** Fulfilled when it is known what those that wait are, and the library has them. */
  async function lookedUp(...downloads: Download[]): Promise<void> {
    const isKnown = ({ progress }: Download) => progress.sizeBytes > 0;
    for (const download of downloads)
      if (!isKnown(download)) await nextEvent(bob, 'downloadChanged', (one) => one === download && isKnown(one));
  }

  it('begin one after the other as there is room, and are whole', async () => {
    hold(bob);
    const [first, second, third] = [fetch('a'), fetch('b'), fetch('c')];
    assert.deepEqual(
      [first, second, third].map(({ state }) => state.name),
      ['starting', 'queued', 'queued'],
    );
    assert.deepEqual(
      [first, second, third].map(({ queuePosition }) => queuePosition),
      [undefined, 0, 1],
    );
    const begun = begins(bob);
    bob.setLimits({ downloadBytesPerSecond: 0 });
    await Promise.all([first.done, second.done, third.done]);
    assert.deepEqual(begun, ['b', 'c']);
    for (const name of ['a', 'b', 'c']) assert.equal(sha1Of(join(out, name)), sha1Of(join(lab.folder, name)));
  });

  it('make room when they are paused, fail or are given up, and queue up again when they go on', async () => {
    hold(bob);
    const [first, second, third] = [fetch('a'), fetch('b'), fetch('c')];
    await first.started;
    await first.pause();
    await second.started;
    first.resume();
    assert.deepEqual([first.state.name, first.queuePosition], ['queued', 0]);
    await second.cancel();
    await first.started;
    await third.pause();
    assert.equal(third.state.name, 'paused');
    const missing = fetch('missing');
    await assert.rejects(missing.done, hasCode('FILE_NOT_FOUND'), 'what waits is looked up before its turn');
    assert.equal(first.state.name, 'downloading');
    third.resume();
    bob.setLimits({ downloadBytesPerSecond: undefined });
    await Promise.all([first.done, third.done]);
    await assert.rejects(second.done, hasCode('ABORTED'));
  });

  it('begin at once when more may run, and none stops when fewer may', async () => {
    hold(bob);
    const all = NAMES.map((name) => fetch(name));
    bob.setLimits({ downloadsAtOnce: 3 });
    assert.deepEqual(
      all.map(({ state }) => state.name),
      ['starting', 'starting', 'starting', 'queued'],
    );
    bob.setLimits({ downloadsAtOnce: 1 });
    await all[0]?.pause();
    assert.deepEqual(
      all.map(({ state }) => state.name === 'queued'),
      [false, false, false, true],
    );
    bob.setLimits({ downloadsAtOnce: undefined, downloadBytesPerSecond: undefined });
    all[0]?.resume();
    await Promise.all(all.map(({ done }) => done));
  });

  it('go by priority and by the order that is given to them', async () => {
    hold(bob);
    fetch('a');
    const [second, third, fourth] = [fetch('b'), fetch('c'), fetch('d')];
    await fourth.moveTo(0);
    assert.deepEqual(
      [second, third, fourth].map(({ queuePosition }) => queuePosition),
      [1, 2, 0],
    );
    await third.setPriority('high');
    await fourth.setPriority('low');
    assert.deepEqual(
      [second, third, fourth].map(({ queuePosition }) => queuePosition),
      [1, 0, 2],
    );
    await assert.rejects(second.moveTo(-1), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(second.setPriority('urgent' as 'high'), hasCode('INVALID_ARGUMENT'));
    const begun = begins(bob);
    bob.setLimits({ downloadBytesPerSecond: undefined });
    await Promise.all([second.done, third.done, fourth.done]);
    assert.deepEqual(begun, ['c', 'b', 'd']);
  });

  it('keep order, priority and limit through a restart', async () => {
    hold(bob);
    const first = fetch('a');
    const waiting = [fetch('b'), fetch('c'), fetch('d')] as const;
    await first.started;
    await lookedUp(...waiting);
    assert.ok(waiting.every(({ progress }) => progress.sizeBytes === 2 * MIB));
    await waiting[2].moveTo(0);
    await waiting[1].setPriority('low');
    await waiting[0].setLimit(5000);
    await first.setPriority('high');
    await bob.close();
    const again = lab.client('bob', { limits: { downloadsAtOnce: 1, downloadBytesPerSecond: 2000 } });
    await again.connect();
    await again.login('bob', 'password of bob');
    const listed = again.downloads();
    const described = listed.map(({ fileName, state, priority, limitBytesPerSecond }) => {
      return [fileName, state.name === 'queued', priority, limitBytesPerSecond];
    });
    assert.deepEqual(described, [
      ['a', false, 'high', undefined],
      ['d', true, 'normal', undefined],
      ['b', true, 'normal', 5000],
      ['c', true, 'low', undefined],
    ]);
    const begun = begins(again);
    await listed[2]?.setLimit(undefined);
    again.setLimits({ downloadBytesPerSecond: undefined });
    await Promise.all(listed.map(({ done }) => done));
    assert.deepEqual(begun, ['d', 'b', 'c']);
  });

  it('are taken from a library of before there were priorities', async () => {
    hold(bob);
    const first = fetch('a');
    const second = fetch('b');
    await first.started;
    await lookedUp(second);
    await bob.close();
    const path = join(lab.folder, 'bob');
    const { fingerprint } = lab.tracker;
    const { shares, downloads } = (await Library.open(path)).account(fingerprint, 'bob');
    const older = downloads.map(({ position: _none, priority: _normal, ...download }) => download);
    writeFileSync(
      join(path, 'library.json'),
      JSON.stringify({ version: 1, accounts: { [`bob@${fingerprint}`]: { shares, downloads: older } } }),
    );
    const { client } = await lab.signedInAgain('bob');
    const listed = client.downloads();
    assert.deepEqual(
      listed.map(({ priority }) => priority),
      ['normal', 'normal'],
    );
    await Promise.all(listed.map(({ done }) => done));
  });

  it('wait for the tracker when their turn comes while it is away', async () => {
    bob.setLimits({ downloadBytesPerSecond: 1_500_000 });
    const [first, second] = [fetch('a'), fetch('b')];
    await first.started;
    await lookedUp(second);
    const { port } = lab.tracker;
    const lost = nextEvent(bob, 'disconnected');
    await lab.tracker.close();
    await lost;
    const third = fetch('c');
    await first.done;
    assert.deepEqual([second.state.name, third.state.name], ['queued', 'queued']);
    await lab.startTracker(port);
    await Promise.all([second.done, third.done]);
    assert.equal(sha1Of(join(out, 'c')), sha1Of(join(lab.folder, 'c')));
  });

  it('stay queued for whoever asks again, and wait no more when their user leaves the group', async () => {
    hold(bob);
    const [first, second] = [fetch('a'), fetch('b')];
    assert.equal(bob.downloadFile('lab', 'b', join(out, 'b'), { priority: 'high' }), second);
    assert.deepEqual([second.state.name, second.priority], ['queued', 'high']);
    const begun = begins(bob);
    await first.started;
    await bob.leaveGroup('lab');
    await assert.rejects(first.done, hasCode('NOT_A_MEMBER'));
    await assert.rejects(second.done, hasCode('NOT_A_MEMBER'));
    assert.deepEqual(begun, []);
  });

  it('have limits of their own, which can be lifted while they run', async () => {
    const slow = bob.downloadFile('lab', 'a', join(out, 'a'), { limitBytesPerSecond: 200_000 });
    assert.equal(slow.limitBytesPerSecond, 200_000);
    const changed = nextEvent(bob, 'downloadChanged', ({ limitBytesPerSecond }) => limitBytesPerSecond === undefined);
    await slow.started;
    const startedMs = performance.now();
    await someProgress(slow);
    const seconds = (performance.now() - startedMs) / 1000;
    assert.ok(slow.progress.doneBytes <= 200_000 * (seconds + 1), `${slow.progress.doneBytes} in ${seconds} s`);
    await assert.rejects(slow.setLimit(1), hasCode('INVALID_ARGUMENT'));
    await slow.setLimit(0);
    await changed;
    await slow.done;
    assert.equal(sha1Of(join(out, 'a')), sha1Of(join(lab.folder, 'a')));
  });
});
