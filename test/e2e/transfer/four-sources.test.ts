import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePrograms } from '../../support/system-programs.js';
import { until } from '../../support/until.js';
import { journalledPieces } from '../support/journal.js';
import { type Peer, Stage } from '../support/processes.js';
import { randomFile, sha1Of, signUp } from '../support/scenes.js';

/** Large enough that all four sources are connected in its first quarter. */
const SIZE = 1 << 28;
const PIECES = SIZE / 524_288;

describe('a quarter of a GiB from four sources, with real processes', function () {
  this.timeout(300_000);

  let stage: Stage;
  let seeders: Peer[];
  let info: string;
  let sha1: string;

  before(async () => {
    await ensurePrograms('These tests', [{ names: ['openssl'], debian: 'openssl' }]);
    stage = await Stage.open();
    info = await stage.trackerInfo(await stage.startTracker());
    const file = stage.path('big.bin');
    sha1 = randomFile(file, SIZE);
    seeders = [];
    for (let number = 1; number <= 4; number++) {
      const seeder = stage.startPeer(`seeder${number}`, info);
      await signUp(seeder, `seeder${number}`);
      if (number === 1) await seeder.say('create_group lab');
      else await admit(seeder, `seeder${number}`);
      assert.match(await seeder.say(`upload_file ${file} lab`), /^shared big\.bin/);
      seeders.push(seeder);
    }
  });
  after(() => stage.close());

  /** Requests to join the group, and lets the first seeder accept. */
  async function admit(peer: Peer, name: string): Promise<void> {
    await peer.say('join_group lab');
    assert.match(await owner().say(`accept_request lab ${name}`), /is a member/);
  }

  function owner(): Peer {
    const [first] = seeders;
    assert.ok(first);
    return first;
  }

  async function leecher(name: string): Promise<{ peer: Peer; folder: string }> {
    const peer = stage.startPeer(name, info, { args: ['--log-level', 'debug'] });
    await signUp(peer, name);
    await admit(peer, name);
    return { peer, folder: await stage.subfolder(`${name}-files`) };
  }

  /** Waits until a partial file has `count` pieces, according to its journal. */
  async function untilPieces(folder: string, count: number): Promise<void> {
    const journal = join(folder, 'big.bin.part.journal');
    await until(() => existsSync(journal) && statSync(journal).size >= 60 + 8 * count);
  }

  it('goes on where it was when the downloader is killed, and fetches no verified piece again', async () => {
    const { peer, folder } = await leecher('crash');
    await peer.say(`download_file lab big.bin ${folder}`);
    await untilPieces(folder, PIECES / 4);
    await peer.kill();
    const kept = journalledPieces(join(folder, 'big.bin.part.journal')).size;
    assert.ok(kept > PIECES / 8 && kept < PIECES);

    const again = stage.startPeer('crash', info, { args: ['--log-level', 'debug'] });
    await again.say('login crash secret-crash');
    await again.say(`download_file lab big.bin ${folder}`);
    assert.match(await again.say('wait_downloads'), /^1 complete, 0 failed/);
    assert.equal(sha1Of(join(folder, 'big.bin')), sha1);
    const fetched = piecesBySource(again);
    const sum = [...fetched.values()].reduce((total, pieces) => total + pieces, 0);
    assert.equal(sum, PIECES - kept, 'every missing piece once, and no other');
    await again.stop();
  });

  it('draws on all four, and completes though two are killed midway', async () => {
    const { peer, folder } = await leecher('steady');
    await peer.say(`download_file lab big.bin ${folder}`);
    await untilPieces(folder, PIECES / 4);
    await Promise.all([seeders[2]?.kill(), seeders[3]?.kill()]);
    assert.match(await peer.say('wait_downloads'), /^1 complete, 0 failed/);
    assert.equal(sha1Of(join(folder, 'big.bin')), sha1);
    assert.deepEqual(readdirSync(folder), ['big.bin']);
    const fetched = piecesBySource(peer);
    for (let number = 1; number <= 4; number++) {
      assert.ok((fetched.get(`seeder${number}`) ?? 0) > 0, `seeder${number} gave nothing`);
    }
  });

  it('is what an independent tool says it is', () => {
    assert.equal(
      execFileSync('openssl', ['dgst', '-sha1', '-r', stage.path('big.bin')], { encoding: 'utf8' }).slice(0, 40),
      sha1,
    );
  });
});

/** The pieces per source, from the downloader's log. */
function piecesBySource(peer: Peer): Map<string, number> {
  const line = /pieces by source: (.*)/.exec(peer.stderr)?.[1] ?? '';
  return new Map([...line.matchAll(/(\S+) (\d+)/g)].map(([, user = '', pieces]) => [user, Number(pieces)]));
}
