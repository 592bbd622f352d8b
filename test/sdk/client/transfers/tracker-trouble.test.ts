import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Download, ShoalClient, SourceProgress } from '../../../../sdk/index.js';
import type { TrackerOptions } from '../../../../tracker/index.js';
import { Stage, type Tracker } from '../../../e2e/support/processes.js';
import { freePort } from '../../../support/free-ports.js';
import { nextOf } from '../../../support/next-event.js';
import { until } from '../../../support/until.js';
import { RawClient } from '../../../tracker/raw-client.js';
import { Lab } from '../support.js';

const MIB = 1024 * 1024;

describe('a download that only the tracker can arrange', function () {
  this.timeout(120_000);

  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  const begin = (bob: ShoalClient): Download => bob.downloadFile('lab', 'file.bin', lab.subfolder('inbox'));

  /** Waits for a report of the download's only source. */
  async function reported(download: Download, isIt: (source: SourceProgress) => boolean): Promise<SourceProgress> {
    const seen = () => download.progress.sources.find(isIt);
    if (!seen()) await nextOf(download, 'progress', () => seen() !== undefined);
    const source = seen();
    assert.ok(source);
    return source;
  }

  function isWhole(path: string): void {
    assert.ok(readFileSync(join(lab.folder, 'inbox', 'file.bin')).equals(readFileSync(path)));
  }

  describe('through its relay, which has a bound', () => {
    const DATA_DIR = 'tracker';
    const PACE = { relayBytesPerSecond: 4 * MIB, relayBytesPerSecondPerSession: 4 * MIB };

    /** alice and bob use nothing but the relay, of a tracker with these limits. */
    async function relayed(limits: TrackerOptions['limits']): Promise<[ShoalClient, ShoalClient]> {
      await lab.startTracker(0, DATA_DIR, { ...PACE, ...limits });
      const [alice, bob] = await Promise.all([
        lab.signedIn('alice', { connect: 'relay' }),
        lab.signedIn('bob', { connect: 'relay' }),
      ]);
      await lab.group('lab', alice, bob);
      return [alice, bob];
    }

    it('comes whole where a connection ends at its bound: the next one goes on', async () => {
      const [alice, bob] = await relayed({ relayBytesPerSession: 3 * MIB });
      const path = lab.file('file.bin', 8 * MIB - 7);
      await alice.shareFile(path, 'lab');
      const download = begin(bob);
      await download.done;
      isWhole(path);
      assert.ok(download.progress.sources.every((source) => source.pieces === 16));
    });

    it('says so where the day of its user is used up, waits, and goes on when the tracker relays again', async () => {
      const [alice, bob] = await relayed({ relayBytesPerUserAndDay: 3 * MIB });
      const { port } = lab.tracker;
      const path = lab.file('file.bin', 8 * MIB - 7);
      await alice.shareFile(path, 'lab');
      const download = begin(bob);
      const { path: way, why = '' } = await reported(download, ({ code }) => code === 'RELAY_LIMITED');
      assert.equal(way, 'none');
      assert.match(why, /the relay is used up for now\. bob has used up .* at 00:00 UTC/);
      await until(() => download.state.name === 'waiting');
      const had = download.progress.donePieces;
      assert.ok(had > 0 && had < 16);
      await lab.tracker.close();
      await lab.startTracker(port, DATA_DIR, PACE); // which has forgotten the day
      await download.done;
      isWhole(path);
    });
  });

  it('says that the tracker is away if that dies in between, and comes as soon as it is back', async () => {
    await using stage = await Stage.open();
    let tracker: Tracker = await stage.startTracker();
    const place = { host: '127.0.0.1', port: tracker.port };
    const alice = await lab.signedIn('alice', { tracker: place });
    // Nobody answers where he says that he is, so that nobody is asked to call him back.
    const bob = await lab.signedIn('bob', { tracker: place, advertise: { host: '127.0.0.1', port: await freePort() } });
    await lab.group('lab', alice, bob);
    const path = lab.file('file.bin', 2 * MIB);
    const { manifestId } = await alice.shareFile(path, 'lab');
    await alice.logout();
    // A device of the same user that has the file, serves nowhere, and never comes to a meeting.
    const mute = await RawClient.open(tracker.url);
    await mute.hello(['reach', 'meet', 'meetGo']);
    await mute.call('login', { userId: 'alice', password: 'password of alice', device: mute.prove(null, []) });
    await mute.call('announce', { items: [{ groupId: 'lab', manifestId, complete: true }] });
    const called = new Promise<void>((resolve) => {
      mute.socket.on('message', (data: Buffer) => String(data).includes('"by":"punch"') && resolve());
    });
    const download = begin(bob);
    await called; // and the other device waits for `meetGo`
    await tracker.kill();
    const { path: way, why } = await reported(download, ({ code }) => code === 'DISCONNECTED');
    assert.deepEqual([way, /the tracker.*is away/.test(why ?? '')], ['none', true]);
    mute.close();
    tracker = await stage.startTracker({ port: place.port });
    await Promise.all([alice.connect(), bob.connect()]);
    await alice.login('alice', 'password of alice');
    await download.done;
    isWhole(path);
  });
});
