import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { Lab } from '../../sdk/client/support.js';
import type { DiskFault } from '../../support/failing-disk.js';
import { failingDisk } from '../support/failing-disk.js';
import { type Peer, Stage } from '../support/processes.js';
import { sha1Of, signUp } from '../support/scenes.js';

const SIZE_BYTES = 5 * PIECE_BYTES - 7;
/** A file that is written past the page cache. */
const LARGE_BYTES = 34 * PIECE_BYTES - 7;
const ALWAYS = 1e9;

const ERROR = /The disk reported an error/;
const FULL = /The disk is full/;

interface Case {
  readonly fault: Omit<DiskFault, 'path'> & { readonly path: '.part' | '.part.journal.new' };
  /** The error of the download; absent if it completes in spite of the fault. */
  readonly fails?: RegExp;
  /** Default: a file that goes through the page cache. */
  readonly sizeBytes?: number;
  /** The fault occurs once the file has its final name. */
  readonly isNamed?: boolean;
}

const CASES: readonly Case[] = [
  { fault: { call: 'ftruncate', path: '.part', nth: 1, how: 'ENOSPC' }, fails: FULL },
  { fault: { call: 'open', path: '.part.journal.new', nth: 1, how: 'EIO' }, fails: ERROR },
  { fault: { call: 'writeSync', path: '.part', nth: 2, how: 'EIO' }, fails: ERROR },
  { fault: { call: 'writeSync', path: '.part', nth: 3, how: 'ENOSPC' }, fails: FULL },
  { fault: { call: 'writeSync', path: '.part', nth: 1, times: ALWAYS, how: 'short' } },
  { fault: { call: 'write', path: '.part.journal.new', nth: 3, how: 'EIO' }, fails: ERROR },
  { fault: { call: 'write', path: '.part.journal.new', nth: 4, how: 'ENOSPC' }, fails: FULL },
  { fault: { call: 'write', path: '.part.journal.new', nth: 1, times: ALWAYS, how: 'short' } },
  { fault: { call: 'writev', path: '.part', nth: 1, how: 'EIO' }, fails: ERROR, sizeBytes: LARGE_BYTES },
  { fault: { call: 'writev', path: '.part', nth: 3, how: 'ENOSPC' }, fails: FULL, sizeBytes: LARGE_BYTES },
  { fault: { call: 'writev', path: '.part', nth: 1, times: ALWAYS, how: 'short' }, sizeBytes: LARGE_BYTES },
  { fault: { call: 'fsync', path: '.part', nth: 1, how: 'EIO' }, fails: ERROR },
  { fault: { call: 'fsync', path: '.part', nth: 1, how: 'slow' } },
  { fault: { call: 'promises.link', path: '.part', nth: 1, how: 'EIO' } },
  { fault: { call: 'promises.unlink', path: '.part', nth: 1, how: 'EIO' }, fails: ERROR, isNamed: true },
];

const nameOf = (index: number) => `file-${index}.bin`;

/** Uses real processes whose disk fails from before their first line of code. The shipped code has no hooks. */
describe('a disk that fails under a real process', function () {
  this.timeout(120_000);

  let stage: Stage;
  let lab: Lab;
  let owner: ShoalClient;
  let tracker: string;

  before(async () => {
    stage = await Stage.open();
    lab = new Lab();
    tracker = `wss://127.0.0.1:${(await lab.startTracker()).port}`;
    owner = await lab.signedIn('owner');
    await owner.createGroup('lab');
  });
  after(async () => {
    await stage.close();
    await lab.close();
  });

  async function peerWith(name: string, faults: readonly DiskFault[]): Promise<Peer> {
    const peer = stage.startPeer(name, tracker, { env: failingDisk(stage.path(`${name}-disk.cjs`), faults) });
    await signUp(peer, name);
    await peer.say('join_group lab');
    await owner.acceptRequest('lab', name);
    return peer;
  }

  it('fails downloads with a clear error or not at all, keeps nothing wrong, and lets all be completed', async () => {
    const faults = CASES.map(({ fault }, index) => ({ ...fault, path: `${nameOf(index)}${fault.path}` }));
    const peer = await peerWith('downloader', faults);
    const folder = await stage.subfolder('inbox');
    const sha1: string[] = [];
    for (const [index, { sizeBytes = SIZE_BYTES }] of CASES.entries()) {
      const path = lab.file(nameOf(index), sizeBytes);
      sha1.push(sha1Of(path));
      await owner.shareFile(path, 'lab');
      await peer.say(`download_file lab ${nameOf(index)} ${folder}`);
    }
    await peer.say('wait_downloads');
    const told = await peer.list('show_downloads');
    const there = new Set(readdirSync(folder));
    for (const [index, { fault, fails, isNamed = false }] of CASES.entries()) {
      const [line = ''] = told.filter((one) => one.includes(nameOf(index)));
      const what = `${JSON.stringify(fault)}: ${line}`;
      assert.match(line, fails ?? /\[C\]/, what);
      assert.equal(there.has(nameOf(index)), fails === undefined || isNamed, what);
      if (fails) await peer.say(`resume_download lab ${nameOf(index)}`);
    }
    const outcome = await peer.say('wait_downloads');
    assert.equal(outcome, `${CASES.length} complete, 0 failed`, (await peer.list('show_downloads')).join('\n'));
    assert.deepEqual(readdirSync(folder).sort(), Array.from(CASES.keys(), nameOf).sort());
    for (const index of CASES.keys()) assert.equal(sha1Of(join(folder, nameOf(index))), sha1[index], nameOf(index));
    await peer.stop();
  });

  it('of a seeder serves nothing wrong: short reads are filled, and after an error nothing more comes', async () => {
    const seeder = await peerWith('seeder', [
      { call: 'readSync', path: 'served-short.bin', nth: 1, times: ALWAYS, how: 'short' },
      { call: 'readvSync', path: 'served-short.bin', nth: 1, times: ALWAYS, how: 'short' },
      // It is hashed in reads of 512 KiB. It is served in reads of 128 KiB, or larger ones for a fast peer.
      { call: 'readSync', path: 'served-broken.bin', nth: 5 + 3, times: ALWAYS, how: 'EIO' },
      { call: 'readvSync', path: 'served-broken.bin', nth: 2, times: ALWAYS, how: 'EIO' },
    ]);
    await seeder.say('keep_versions 0'); // a kept copy would be served instead
    const bytes = new Map<string, string>();
    for (const name of ['served-short.bin', 'served-broken.bin']) {
      const path = lab.file(name, SIZE_BYTES);
      bytes.set(name, sha1Of(path));
      assert.match(await seeder.say(`upload_file ${path} lab`), /^shared/);
    }
    const short = join(lab.subfolder('owner-inbox'), 'served-short.bin');
    await owner.downloadFile('lab', 'served-short.bin', short).done;
    assert.equal(sha1Of(short), bytes.get('served-short.bin'));

    const broken = join(lab.subfolder('owner-inbox'), 'served-broken.bin');
    const download = owner.downloadFile('lab', 'served-broken.bin', broken);
    await seeder.warns(/served-broken\.bin/);
    await download.pause();
    assert.deepEqual(readdirSync(lab.subfolder('owner-inbox')).sort(), [
      'served-broken.bin.part',
      'served-broken.bin.part.journal',
      'served-short.bin',
    ]);
    assert.ok(download.progress.donePieces < 5);
    await seeder.stop();
  });
});
