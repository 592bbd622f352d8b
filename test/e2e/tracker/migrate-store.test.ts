import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { freshDatabase } from '../../support/postgres/shared-server.js';
import { untilSeen } from '../../support/until.js';
import { writeCrowd } from '../../tracker/crowd.js';
import { Program, SHOAL_TRACKER, Stage, Tracker } from '../support/processes.js';

/** As many as take some steps to move. */
const FILES = 4000;

/** Each look is a connection to the database. */
const LOOK_EVERY_MS = 50;
const IS_HALF_DONE = "SELECT 1 FROM tracker_keys WHERE name = 'move' AND value::json->>'table' = 'files'";

describe('shoal-tracker migrate-store', function () {
  this.timeout(120_000);
  let stage: Stage;
  const programs: Program[] = [];

  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.kill()));
    await stage.close();
  });

  it('moves a tracker, also if it is killed meanwhile; clients go on with their sessions', async () => {
    const { server, database, url } = await freshDatabase();
    const run = (args: string[], env = { SHOAL_TRACKER_STORE: url }) => {
      const program = new Program(SHOAL_TRACKER, args, { env });
      programs.push(program);
      return program;
    };
    const migrate = () => run(['migrate-store', '--data', stage.path('tracker')]);

    const files = Array.from({ length: FILES }, (_, index) => ['crowd', `file ${index}`, 'crowd owner'] as const);
    await writeCrowd(stage.path('tracker', 'tracker.db'), { groups: [['crowd', 'crowd owner']], files });
    const former = await stage.startTracker();
    const { fingerprint, port } = former;
    const ann = stage.startPeer('ann', former.url);
    await ann.say('create_user ann secret-of-ann');
    await ann.say('login ann secret-of-ann');
    await ann.say('create_group lab');
    await writeFile(stage.path('payload.bin'), 'payload');
    assert.match(await ann.say(`upload_file ${stage.path('payload.bin')} lab`), /^shared payload\.bin/);

    assert.equal(await former.stop(), 0);

    const killed = migrate();
    const look = () => server.run(database, IS_HALF_DONE).catch(() => []); // the table does not exist yet
    await untilSeen(look, (rows) => rows.length > 0, LOOK_EVERY_MS);
    await killed.kill();
    const refused = run(['--listen', '127.0.0.1:0', '--data', stage.path('tracker')], { SHOAL_TRACKER_STORE: '' });
    assert.equal(await refused.exited, 2);
    assert.match(refused.stderr, /^error DATA_DIR_MOVED: [^\n]+migrate-store[^\n]+\n$/);

    const second = migrate();
    assert.equal(await second.exited, 0);
    assert.match(second.stderr, /^copied 4,001 of 4,001 rows of files$/m);
    assert.match(await second.line(), /^moved /);
    const [, copied, compared] = /^rows: (\d+) copied, (\d+) compared/.exec(await second.line()) ?? [];
    assert.ok(Number(compared) > 3 * FILES && Number(copied) > FILES && Number(copied) < Number(compared));
    assert.equal(await second.line(), `fingerprint: ${fingerprint}`);
    const third = migrate();
    assert.equal(await third.exited, 0);
    assert.match(await third.line(), /nothing was left to do$/);

    const tracker = new Tracker(SHOAL_TRACKER, ['--listen', `127.0.0.1:${port}`], {
      env: { SHOAL_TRACKER_STORE: url },
    });
    programs.push(tracker);
    await tracker.listening();
    assert.equal(tracker.fingerprint, fingerprint);
    await ann.warns(/the tracker is back; you are logged in again/);
    assert.match((await ann.list('list_files lab')).join('\n'), /payload\.bin/);
  });
});
