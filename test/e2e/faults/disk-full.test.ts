import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { Lab } from '../../sdk/client/support.js';
import { FaultProxy, NO_FAULTS } from '../../support/fault-proxy.js';
import { journalledPieces } from '../support/journal.js';
import { type Peer, Stage } from '../support/processes.js';
import { sha1Of, signUp } from '../support/scenes.js';

const PIECES = 3;
const SIZE_BYTES = PIECES * PIECE_BYTES;
/** Almost no data per second: the requested pieces arrive together once the disk is full. */
const SLOW_BYTES = 1000;
/** Leaves room for about one piece on the disk of 2 MiB. */
const BALLAST_BYTES = 1024 * 1024;

describe('a disk of 2 MiB', function () {
  this.timeout(120_000);

  let stage: Stage;
  let lab: Lab;
  let proxy: FaultProxy;
  let peer: Peer;
  /** The disk's path for the downloader, and for this process. */
  let disk: string;
  let there: string;
  let sha1: string;

  before(async function () {
    if (!mayMount()) this.skip(); // mounting a small disk needs root, and is not possible everywhere
    [stage, proxy] = [await Stage.open(), await FaultProxy.open()];
    lab = new Lab();
    const { port } = await lab.startTracker();
    const owner = await lab.signedIn('owner', { advertise: proxy.endpoint });
    proxy.leadTo(owner.listenAddress?.port ?? 0);
    await owner.createGroup('lab');
    const path = lab.file('three.bin', SIZE_BYTES);
    sha1 = sha1Of(path);
    await owner.shareFile(path, 'lab');
    await owner.shareFile(lab.file('large.bin', 3 * 1024 * 1024), 'lab');
    disk = await stage.subfolder('disk');
    peer = stage.startPeer('small', `wss://127.0.0.1:${port}`, { runtime: withDisk(disk) });
    await signUp(peer, 'small');
    there = join(`/proc/${peer.pid}/root`, disk);
    await peer.say('join_group lab');
    await owner.acceptRequest('lab', 'small');
  });
  after(async () => {
    await stage?.close();
    await proxy?.close();
    await lab?.close();
  });

  /** A runtime with a small disk mounted at the folder. The mount ends with the process. */
  function withDisk(folder: string): string {
    const path = stage.path('with-disk.sh');
    const mount = `mount -t tmpfs -o size=2m shoal-test "${folder}"`;
    writeFileSync(path, `#!/bin/sh\nexec unshare -m sh -c '${mount} && exec "${process.execPath}" "$@"' sh "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('takes no file that is larger', async () => {
    assert.match(await peer.say(`download_file lab large.bin ${disk}`), /^error NO_SPACE/);
    assert.deepEqual(readdirSync(there), []);
    await peer.say('cancel_download lab large.bin');
  });

  it('that fills up fails the download with NO_SPACE, which keeps its pieces and completes when there is room', async () => {
    proxy.faults = { ...NO_FAULTS, bytesPerSecond: SLOW_BYTES };
    await peer.say(`download_file lab three.bin ${disk}`);
    writeFileSync(join(there, 'ballast'), Buffer.alloc(BALLAST_BYTES));
    proxy.faults = NO_FAULTS;
    assert.match(await peer.say('wait_downloads'), /1 failed/);
    const [failed] = await peer.list('show_downloads');
    assert.match(failed ?? '', /The disk is full: free some space and try again/);
    assert.ok(!existsSync(join(there, 'three.bin')));
    const kept = journalledPieces(join(there, 'three.bin.part.journal')).size;
    assert.ok(kept > 0 && kept < PIECES, `${kept} pieces`);

    rmSync(join(there, 'ballast'));
    const before = proxy.passedBytes;
    await peer.say('resume_download lab three.bin');
    assert.match(await peer.say('wait_downloads'), /, 0 failed/);
    assert.equal(sha1Of(join(there, 'three.bin')), sha1);
    assert.deepEqual(readdirSync(there), ['three.bin']);
    assert.ok(proxy.passedBytes - before < (PIECES - kept + 1) * PIECE_BYTES, 'what was kept is not fetched again');
  });
});

function mayMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=2m shoal-test /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
