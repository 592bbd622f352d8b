import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transfer } from '../../../extension/model/downloads/transfers.js';
import { EndedDownloads } from '../../../extension/remote/ended-downloads.js';
import { peersFile } from '../agent/peer.js';
import { AgentLab, downloadsAre, MIB, type TestWindow, until } from '../agent/support.js';

describe('the end of a download that a user waits for', function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let one: TestWindow;
  let told: { by: string; end: string }[];

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
    told = [];
    one = await lab.signedInWindow('ann');
    listen('one', one, true);
  });
  afterEach(() => lab.close());

  function listen(by: string, { client }: TestWindow, isFocused: boolean): void {
    const nameOf = (transfer: Transfer) => ('fileName' in transfer ? transfer.fileName : transfer.folder);
    new EndedDownloads(client, {
      isFocused: () => isFocused,
      tell: (ended) => told.push(...ended.map((transfer) => ({ by, end: `${nameOf(transfer)} ${transfer.state}` }))),
    });
  }

  async function another(by: string, isFocused: boolean): Promise<TestWindow> {
    const window = lab.window();
    listen(by, window, isFocused);
    await window.client.open();
    await window.client.settled();
    return window;
  }

  it('is reported in one window, the focused one, and only for its own download', async () => {
    await another('other', false);
    const { folder } = await peersFile(lab, one, 2 * MIB);
    await one.client.downloadFile('lab', 'song.flac', join(folder, 'unasked')).done; // as another extension does
    const id = await one.client.fetchFile('lab', 'song.flac', `${folder}/`);
    await until(() => told.length > 0);
    assert.deepEqual(await one.client.claimEnds([id]), [], 'and it is over with that');
    assert.deepEqual(told, [{ by: 'one', end: 'song.flac complete' }]);
  });

  it('is reported in an unfocused window if there is no other', async () => {
    const { folder } = await peersFile(lab, one, MIB);
    one.close();
    const other = await another('other', false);
    await other.client.fetchFile('lab', 'song.flac', `${folder}/`);
    await until(() => told.length > 0);
    assert.deepEqual(told, [{ by: 'other', end: 'song.flac complete' }]);
  });

  it('is reported after a reload, also if it came between two windows and the agent was replaced', async () => {
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, one, 8 * MIB, line);
    await one.client.fetchFile('lab', 'song.flac', `${folder}/`);
    await downloadsAre(one, ([first]) => (first?.progress.donePieces ?? 0) > 0);
    one.close();
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    const list = join(lab.computer('computer'), 'finished.json');
    const isDone = () => (JSON.parse(readFileSync(list, 'utf8')) as { downloads: unknown[] }).downloads.length > 0;
    await until(isDone);
    await lab.crash();
    const reloaded = await another('reloaded', true);
    await until(() => told.length > 0);
    assert.deepEqual(told, [{ by: 'reloaded', end: 'song.flac complete' }]);
    await another('later', true);
    await reloaded.client.settled();
    assert.equal(told.length, 1);
  });

  it('is reported at each failure, with the file that is in the way', async () => {
    const { folder } = await peersFile(lab, one, MIB);
    const path = join(folder, 'song.flac');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, 'mine');
    const id = await one.client.fetchFile('lab', 'song.flac', `${folder}/`);
    await until(() => told.length === 1);
    const [failed] = await downloadsAre(one, ([first]) => first?.state.name === 'failed');
    assert.equal(failed?.path, path);
    await one.client.fetchOn(id);
    await until(() => told.length === 2);
    rmSync(path);
    await one.client.fetchOn(id);
    await until(() => told.length === 3);
    assert.deepEqual(
      told.map(({ end }) => end),
      ['song.flac failed', 'song.flac failed', 'song.flac complete'],
    );
  });

  it('is not reported for a cancelled one', async () => {
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, one, 8 * MIB, line);
    const id = await one.client.fetchFile('lab', 'song.flac', `${folder}/`);
    await downloadsAre(one, ([first]) => (first?.progress.donePieces ?? 0) > 0);
    await one.client.cancel(id);
    assert.deepEqual(await one.client.claimEnds([id]), []);
  });
});
