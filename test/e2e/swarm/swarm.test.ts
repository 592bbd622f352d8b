import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoNamespaces } from './namespaces.js';
import { runSwarms, type SwarmRun } from './swarm.js';

const SMALL = { peers: 3, megabits: 100, sizeMib: 4, runs: 1 };

describe('a swarm on links of its own, with real processes', function () {
  this.timeout(180_000);

  const { TMPDIR } = process.env;
  let folder: string;

  before(async function () {
    const why = await whyNoNamespaces();
    if (why !== undefined) {
      process.stderr.write(`A swarm in network namespaces is left out: ${why}\n`);
      this.skip(); // the reason was printed
    }
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-swarms-'));
    process.env.TMPDIR = folder;
  });
  afterEach(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    assert.deepEqual(readdirSync(folder), [], 'nothing is left behind');
    rmdirSync(folder);
  });

  it('brings the file to everyone, and the seeder sends it less often than there are peers', async () => {
    const runs: SwarmRun[] = [];
    await runSwarms(SMALL, (run) => runs.push(run)); // rejects unless each downloader has the correct file
    assert.deepEqual(
      runs.map(({ doneSeconds }) => doneSeconds.length),
      [SMALL.peers],
    );
    const [{ seederCopies } = { seederCopies: NaN }] = runs;
    assert.ok(seederCopies >= 1 && seederCopies < SMALL.peers, `the seeder sent ${seederCopies} copies`);
  });

  it('ends when it is told to, midway', async () => {
    const stop = new AbortController();
    const endless = runSwarms({ ...SMALL, runs: 1000 }, () => stop.abort(new Error('enough')), stop.signal);
    await assert.rejects(endless, /enough/);
  });
});
