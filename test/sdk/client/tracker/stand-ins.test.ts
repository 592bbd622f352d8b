import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KnownTrackers } from '../../../../sdk/client/local/known-trackers.js';
import { type Likeness, StandIns } from '../../../../sdk/client/tracker/stand-ins.js';
import { parseTrackerInfo } from '../../../../sdk/protocol/index.js';
import type { Tracker } from '../../../../tracker/index.js';
import { startQuickTracker } from '../../../support/plain-passwords.js';
import { hasCode, Lab, nextEvent } from '../support.js';

const [F, G] = ['ab'.repeat(32), 'cd'.repeat(32)];

describe('trackers that stand in for one another', () => {
  let lab: Lab;
  const others: Tracker[] = [];

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
  });
  afterEach(async () => {
    await lab.close();
    await Promise.all(others.splice(0).map((tracker) => tracker.close()));
  });

  async function startOther(dataDir: string, port = 0): Promise<Tracker> {
    const other = await startQuickTracker({ listen: `127.0.0.1:${port}`, dataDir: join(lab.folder, dataDir) });
    others.push(other);
    return other;
  }

  function info(...lines: string[]): string {
    const path = join(lab.folder, 'tracker_info.txt');
    writeFileSync(path, `${lines.join('\n')}\n`);
    return path;
  }

  /** A port where nobody listens. */
  async function deadPort(): Promise<number> {
    const gone = await startOther('gone');
    await gone.close();
    return gone.port;
  }

  it('have the fingerprint or the account store of the first, as given, as remembered, or as they show', async () => {
    const cases: [info: string, met: boolean, likeness: Likeness[]][] = [
      ['a 1\nb 1', false, ['same', 'other']],
      ['a 1\nb 1', true, ['same', 'unknown']],
      [`a 1 ${F}\nb 1`, false, ['same', 'unknown']],
      [`a 1 ${F}\nb 1 ${F}\nc 1 ${G}`, false, ['same', 'same', 'other']],
      [`a 1\nb 1 ${F}\nc 1 ${G}`, true, ['same', 'same', 'other']],
      [`a 1 store=x\nb 1 ${G} store=x\nc 1 store=y`, false, ['same', 'same', 'other']],
      [`a 1 ${F} store=x\nb 1 ${G} store=x\nc 1 ${F} store=y\nd 1 ${G}`, true, ['same', 'same', 'same', 'other']],
    ];
    for (const [text, met, likeness] of cases) {
      const locations = parseTrackerInfo(text);
      const standIns = new StandIns(locations, await KnownTrackers.open(join(lab.folder, 'nobody')));
      if (met) standIns.met(locations[0], F);
      assert.deepEqual(
        locations.map((location) => standIns.likenessOf(location)),
        likeness,
        text,
      );
    }
  });

  it('take a signed-in user over where they show the same key, whatever line they are on', async () => {
    const { port } = lab.tracker;
    const elsewhere = await deadPort();
    const alice = await lab.signedIn('alice', { tracker: info(`127.0.0.1 ${port}`, `127.0.0.1 ${elsewhere}`) });
    await alice.createGroup('lab');
    const back = nextEvent(alice, 'connected');
    await lab.tracker.close();
    await lab.startTracker(elsewhere);
    assert.deepEqual(await back, { resumed: true });
    assert.equal((await alice.listGroups()).length, 1);
  });

  it('are not taken for the first by a user who is signed in, who is told so, and comes back where they were', async () => {
    const { port } = lab.tracker;
    const other = await startOther('other');
    const place = `127.0.0.1:${other.port}`;
    for (const [index, second] of [
      `127.0.0.1 ${other.port}`,
      `127.0.0.1 ${other.port} ${other.fingerprint}`,
    ].entries()) {
      const user = `user${index}`;
      const alice = await lab.signedIn(user, { tracker: info(`127.0.0.1 ${port}`, second) });
      let isEnded = false;
      alice.on('sessionEnded', () => {
        isEnded = true;
      });
      const told = nextEvent(alice, 'disconnected', ({ error }) => error.message.includes(place));
      await lab.tracker.close();
      const { error } = await told;
      assert.equal(error.code, 'TRACKER_UNREACHABLE');
      assert.match(error.message, /not used in its place.* put its line first/);
      assert.equal(alice.trackerProblem, error);
      const back = nextEvent(alice, 'connected');
      await lab.startTracker(port);
      assert.deepEqual(await back, { resumed: true });
      assert.equal(alice.trackerProblem, undefined);
      assert.deepEqual([isEnded, alice.userId], [false, user]);
    }
  });

  it('are asked at the first connection only where they are known to be one tracker', async () => {
    const { port, fingerprint } = lab.tracker;
    const dead = await deadPort();
    const connect = async (name: string, ...lines: string[]) => {
      const client = lab.client(name, { tracker: info(...lines) });
      await client.connect();
      return client;
    };
    await assert.rejects(
      connect('a', `127.0.0.1 ${dead}`, `127.0.0.1 ${port}`),
      (error) => hasCode('TRACKER_UNREACHABLE')(error) && String(error).includes(`127.0.0.1:${port}: not used`),
    );
    await connect('b', `127.0.0.1 ${dead} ${fingerprint}`, `127.0.0.1 ${port}`);
    await connect('c', `127.0.0.1 ${dead}  store=lab`, `127.0.0.1 ${port} store=lab`);
  });

  it('of one account store have one list of shares, whichever was reached', async () => {
    const dead = await deadPort();
    const lines = [`127.0.0.1 ${dead} ${F} store=lab`, `127.0.0.1 ${lab.tracker.port} store=lab`];
    const before = await lab.signedIn('alice', { tracker: info(lines[1] ?? '') });
    await before.createGroup('lab');
    await before.shareFile(lab.file('data', 1000), 'lab');
    await before.close();
    // The tracker gets another key, as one of two that keep their accounts together has.
    await lab.tracker.close();
    rmSync(join(lab.folder, 'tracker', 'identity.json'));
    const { port } = await lab.startTracker();
    const again = lab.client('alice', { tracker: info(...lines, `127.0.0.1 ${port} store=lab`) });
    await again.connect();
    const { restored } = await again.login('alice', 'password of alice');
    assert.deepEqual(
      restored.map(({ fileName }) => fileName),
      ['data'],
    );
  });

  it('and whoever answers with another key is told of while the client runs, until the tracker is back', async () => {
    const { port, fingerprint } = lab.tracker;
    const alice = await lab.signedIn('alice');
    const told: string[] = [];
    alice.on('disconnected', ({ error }) => told.push(error.code));
    const changed = nextEvent(alice, 'disconnected', ({ error }) => error.code === 'TRACKER_CHANGED');
    await lab.tracker.close();
    const other = await startOther('other', port);
    const { error } = await changed;
    for (const part of [other.fingerprint, fingerprint, `127.0.0.1:${port}`, 'Ask whoever runs the tracker'])
      assert.ok(error.message.includes(part), error.message);
    assert.equal(alice.trackerProblem?.code, 'TRACKER_CHANGED');
    await assert.rejects(
      alice.listGroups(),
      (thrown) => hasCode('DISCONNECTED')(thrown) && String(thrown).includes(other.fingerprint),
    );
    await assert.rejects(alice.connect(), hasCode('TRACKER_CHANGED'));
    await other.close();
    const back = nextEvent(alice, 'connected');
    await lab.startTracker(port);
    assert.deepEqual(await back, { resumed: true });
    assert.equal(told.filter((code) => code === 'TRACKER_CHANGED').length, 1);
  });
});
