import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { AGENT } from '../../../extension/contract/contract.js';
import { ask } from '../../../extension/daemon/index.js';
import { peersFile } from './peer.js';
import { AgentLab, hasCode, MIB, next, statusIs, type TestWindow } from './support.js';

describe('an agent and its tracker', function () {
  this.timeout(60_000);
  let lab: AgentLab;
  let silent: Server | undefined;

  beforeEach(async () => {
    lab = new AgentLab();
    await lab.startTracker();
  });
  afterEach(async () => {
    await lab.close();
    silent?.close();
    silent = undefined;
  });

  /** An attached window, whose agent knows whether the tracker answers. */
  async function settled(tracker?: string): Promise<TestWindow> {
    const window = lab.window(tracker === undefined ? {} : { tracker });
    await window.client.open();
    await window.client.settled();
    return window;
  }

  /** The URL of a server that never sends anything. */
  async function silentUrl(): Promise<string> {
    silent = createServer((socket) => socket.on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    return `wss://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  }

  it('says why a missing tracker is unreachable, and connects when it appears', async () => {
    const { port, url } = lab.tracker;
    await lab.tracker.close();
    const window = await settled(url);
    const { link, problem } = window.client.mirror.status;
    assert.deepEqual([link, problem?.code], ['away', 'TRACKER_UNREACHABLE']);
    await assert.rejects(window.client.listGroups(), hasCode('TRACKER_UNREACHABLE'));
    await assert.rejects(window.client.login('ann', 'secret'), hasCode('TRACKER_UNREACHABLE'));
    const online = next(window.client, 'statusChanged', (status) => status.link === 'online');
    await lab.startTracker(port);
    assert.equal((await online).problem, null);
    await window.client.createUser('ann', 'secret');
  });

  it('resumes the session by itself when the tracker is back, and shares again', async () => {
    const ann = await lab.signedInWindow('ann');
    await ann.client.createGroup('lab');
    await ann.client.shareFile(lab.file('notes.txt', 1000), 'lab');
    const away = next(ann.client, 'disconnected');
    const { port } = lab.tracker;
    await lab.tracker.close();
    assert.ok((await away).error.code);
    const back = next(ann.client, 'connected');
    await lab.startTracker(port);
    assert.deepEqual(await back, { resumed: true });
    const [file] = await ann.client.listFiles('lab');
    assert.equal(file?.sharersOnline, 1);
  });

  it('says since when the tracker does not answer, until it does', async () => {
    const { port } = lab.tracker;
    const before = Date.now();
    const ann = await lab.signedInWindow('ann');
    assert.equal(ann.client.mirror.status.awaySinceMs, null);
    const away = statusIs(ann, ({ link }) => link === 'away');
    await lab.tracker.close();
    const { awaySinceMs } = await away;
    assert.ok(awaySinceMs !== null && awaySinceMs >= before && awaySinceMs <= Date.now());
    const back = statusIs(ann, ({ link }) => link === 'online');
    await lab.startTracker(port);
    assert.equal((await back).awaySinceMs, null);
  });

  it('refuses a tracker with another key, until the user chooses one with the right key', async () => {
    const { url } = lab.tracker;
    const window = await settled(url.replace(/#.*/, `#${'0'.repeat(64)}`));
    const { link, problem, userId } = window.client.mirror.status;
    assert.deepEqual([link, problem?.code, userId], ['refused', 'TRACKER_CHANGED', null]);
    await assert.rejects(window.client.listGroups(), hasCode('TRACKER_CHANGED'));
    window.setup = { ...window.setup, tracker: url };
    await window.client.prepareAgain();
    await window.client.settled();
    assert.equal(window.client.mirror.status.link, 'online');
    assert.equal(window.client.trackerFingerprint, lab.tracker.fingerprint);
  });

  it('reports who answers in the place of a lost tracker, until that is back', async () => {
    const ann = await lab.signedInWindow('ann');
    const { port } = lab.tracker;
    const refused = statusIs(ann, ({ link }) => link === 'refused');
    await lab.tracker.close();
    const { fingerprint } = await lab.startTracker(port, 'another-tracker');
    const { problem, userId } = await refused;
    assert.deepEqual([problem?.code, userId], ['TRACKER_CHANGED', 'ann']);
    assert.ok(problem?.message.includes(fingerprint));
    await lab.tracker.close();
    const online = statusIs(ann, ({ link }) => link === 'online');
    await lab.startTracker(port);
    assert.deepEqual([(await online).problem, (await online).userId], [null, 'ann']);
  });

  it('switches to another tracker at once while the first has not answered yet', async () => {
    const window = lab.window({ tracker: await silentUrl() });
    await window.client.open();
    await statusIs(window, ({ link }) => link === 'connecting');
    window.setup = { ...window.setup, tracker: lab.tracker.url };
    await window.client.prepareAgain();
    await window.client.settled();
    const { link, problem } = window.client.mirror.status;
    assert.deepEqual([link, problem], ['online', null]);
  });

  it('leaves its tracker when none is chosen any more', async () => {
    const ann = await lab.signedInWindow('ann');
    const other = await settled();
    const left = statusIs(other, ({ link }) => link === 'none');
    await ann.client.setUp({ ...ann.setup, tracker: null });
    assert.equal((await left).userId, null);
    await assert.rejects(ann.client.listGroups(), hasCode('DISCONNECTED'));
  });

  it('does not change when another window has the same setup', async () => {
    const one = await settled();
    const { listen } = one.client.mirror.status;
    const links = new Set<string>();
    one.client.on('statusChanged', ({ link }) => links.add(link));
    const other = await settled();
    assert.equal(other.client.mirror.status.listen, listen);
    await one.client.settled();
    assert.deepEqual([...links], ['online']);
  });

  it('changes the ways to others at once, without another connection', async () => {
    const window = await settled();
    const links = new Set<string>();
    window.client.on('statusChanged', ({ link }) => links.add(link));
    const isRelay = statusIs(window, ({ reach }) => reach?.isRelayed === false);
    await window.client.setUp({ ...window.setup, connect: 'direct' });
    await isRelay;
    await window.client.setUp(window.setup);
    assert.deepEqual([...links], ['online']);
  });

  it('resumes a session once, although two windows bring it', async () => {
    const ann = await lab.signedInWindow('ann');
    const line = await lab.slowLine();
    const { folder } = await peersFile(lab, ann, 4 * MIB, line);
    const download = ann.client.downloadFile('lab', 'song.flac', `${folder}/`);
    await download.started;
    await download.pause();
    const other = await settled();
    const tokens = [...lab.tokens()];
    lab.tokens().clear();
    const attached = [ann, other].map(({ client }) => next(client, 'attached'));
    await lab.crash();
    await Promise.all(attached);
    await ann.client.settled();
    assert.equal(ann.client.userId, undefined);
    for (const [tracker, token] of tokens) lab.tokens().set(tracker, token);
    await Promise.all([ann.client.prepareAgain(), other.client.prepareAgain()]);
    const known = await ask(await ann.link.open(), AGENT, 'attach', {});
    assert.deepEqual([known.status.userId, known.downloads.length], ['ann', 1]);
  });

  it('reports an expired session, and forgets it', async () => {
    const window = lab.window();
    lab.tokens().set(lab.tracker.url, 'bm8gc3VjaCB0b2tlbg');
    const ended = next(window.client, 'sessionEnded');
    await window.client.open();
    assert.deepEqual(await ended, { reason: 'expired' });
    assert.equal(lab.tokens().size, 0);
    await window.client.settled();
    assert.equal(window.client.mirror.status.link, 'online');
  });
});
