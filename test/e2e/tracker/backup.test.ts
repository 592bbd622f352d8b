import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/run.js';
import { ensurePrograms } from '../../support/system-programs.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';

const OPERATIONS = new URL('../../../docs/operations.md', import.meta.url);

/** Runs the commands of `docs/operations.md` verbatim except for the two folders. */
describe('a tracker that is restored from a backup', function () {
  this.timeout(120_000);
  let stage: Stage;
  let tracker: Tracker;
  let ann: Peer;
  let bob: Peer;
  let document: string;
  const payload = randomBytes(600_000);

  before(() => ensurePrograms('The tests of backups', [{ names: ['sqlite3'], debian: 'sqlite3' }]));
  beforeEach(async () => {
    document = await readFile(OPERATIONS, 'utf8');
    stage = await Stage.open();
    await stage.subfolder('backup');
    tracker = await stage.startTracker();
    [ann, bob] = [stage.startPeer('ann', tracker.url), stage.startPeer('bob', tracker.url)];
    await writeFile(stage.path('payload.bin'), payload);
    for (const [peer, name] of [
      [ann, 'ann'],
      [bob, 'bob'],
    ] as const) {
      await peer.say(`create_user ${name} secret-of-${name}`);
      assert.equal(await peer.say(`login ${name} secret-of-${name}`), `logged in as ${name}`);
    }
    await ann.say('create_group lab');
    await bob.say('join_group lab');
    assert.equal(await ann.say('accept_request lab bob'), 'bob is a member of lab now');
    assert.match(await ann.say(`upload_file ${stage.path('payload.bin')} lab`), /^shared payload\.bin/);
  });
  afterEach(() => stage.close());

  /** Runs the commands below a heading, from its `nth` block. */
  async function follow(heading: string): Promise<void> {
    const [, section = ''] = document.split(`\n### ${heading}\n`);
    const [, block = assert.fail(`${heading} has no commands`)] = /^ *```\n([^`]*)^ *```$/m.exec(section) ?? [];
    const here = block
      .replaceAll('/var/lib/shoal-tracker', stage.path('tracker'))
      .replaceAll('/backup', stage.path('backup'));
    await run('sh', ['-e', '-c', here]);
  }

  const aside = () => run('mv', [stage.path('tracker'), stage.path('tracker.broken')]);

  /** Checks that the data of the backup exists and that clients reconnect by themselves. */
  async function everythingIsAsItWas(fingerprint: string): Promise<void> {
    assert.equal(tracker.fingerprint, fingerprint);
    assert.equal(await tracker.readiness(), 200);
    await Promise.all([ann, bob].map((peer) => peer.warns(/the tracker is back; you are logged in again/)));
    assert.deepEqual(await bob.list('list_members lab').then((members) => members.length), 2);
    const copy = join(await stage.subfolder('copies'), 'payload.bin');
    await bob.say(`download_file lab payload.bin ${copy} --overwrite`);
    assert.match(await bob.say('wait_downloads'), /^1 complete, 0 failed/);
    assert.deepEqual(await readFile(copy), payload);
  }

  it('has what there was at the backup, which was made while it ran', async () => {
    await follow('Backup');
    const carol = stage.startPeer('carol', tracker.url);
    assert.equal(await carol.say('create_user carol secret-of-carol'), 'user carol created');
    assert.equal(await ann.say('create_group late'), 'group late created; you own it');
    const { port, fingerprint } = tracker;
    await tracker.kill();
    await aside();
    await follow('Restore');
    tracker = await stage.startTracker({ port });
    await everythingIsAsItWas(fingerprint);
    await carol.warns(/the tracker is back/);
    assert.match(await carol.say('login carol secret-of-carol'), /^error WRONG_PASSWORD/, 'made after the backup');
    assert.equal(await ann.say('create_group late'), 'group late created; you own it');
  });

  it('has it from a folder that was copied whole while it was stopped', async () => {
    const { port, fingerprint } = tracker;
    assert.equal(await tracker.stop(), 0);
    await cp(stage.path('tracker'), stage.path('backup'), { recursive: true });
    await rm(stage.path('backup/lock'), { recursive: true, force: true });
    await rm(stage.path('tracker'), { recursive: true });
    await cp(stage.path('backup'), stage.path('tracker'), { recursive: true });
    tracker = await stage.startTracker({ port });
    await everythingIsAsItWas(fingerprint);
  });

  it('has it in a folder that stays, without what belongs to the other database', async () => {
    await follow('Backup');
    const { port, fingerprint } = tracker;
    await tracker.kill();
    assert.ok(existsSync(stage.path('tracker/tracker.db-wal')));
    for (const other of ['tracker.db-wal', 'tracker.db-shm', 'database.json'])
      await rm(stage.path('tracker', other), { force: true });
    for (const kept of ['tracker.db', 'identity.json', 'ticket-key.json'])
      await cp(stage.path('backup', kept), stage.path('tracker', kept));
    tracker = await stage.startTracker({ port });
    await everythingIsAsItWas(fingerprint);
  });
});
