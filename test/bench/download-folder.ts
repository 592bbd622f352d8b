import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { ShoalClient } from '../../sdk/index.js';
import { Stage } from '../e2e/support/processes.js';
import { signUp } from '../e2e/support/scenes.js';

/** A folder of many small files over loopback, as shipped, fsync included: tracker and downloader are real processes. */

const HELP = `node --import tsx test/bench/download-folder.ts [--files N] [--size BYTES] [--runs N]
Fetches a folder of N files (10000) of BYTES each (4096), RUNS times (3), and prints files a second. The temporary folder (TMPDIR) tells the disk.
`;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '10000' },
    size: { type: 'string', default: '4096' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

const FOLDERS = 100;
const SHARED_AT_ONCE = 16;

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.files), Number(values.size), Number(values.runs));

async function bench(files: number, size: number, runs: number): Promise<void> {
  await using stage = await Stage.open();
  const tracker = await stage.startTracker();
  await using owner = new ShoalClient({ dataDir: stage.path('owner'), listen: '127.0.0.1:0', tracker: tracker.url });
  await owner.connect();
  await owner.createUser('owner', 'secret');
  await owner.login('owner', 'secret');
  await owner.createGroup('bench');
  await share(stage, owner, files, size);
  const peer = stage.startPeer('leecher', tracker.url);
  await signUp(peer, 'leecher');
  await peer.say('join_group bench');
  await owner.acceptRequest('bench', 'leecher');
  for (let run = 0; run < runs; run++) {
    const inbox = await stage.subfolder(`inbox-${run}`);
    const startedMs = performance.now();
    const begun = await peer.say(`download_folder bench tree ${inbox}`);
    const outcome = await peer.say('wait_downloads');
    const seconds = (performance.now() - startedMs) / 1000;
    if (!begun.startsWith('downloading') || !outcome.endsWith(' 0 failed')) throw new Error(`${begun}\n${outcome}`);
    process.stdout.write(`${seconds.toFixed(2)} s, ${Math.round(files / seconds)} files/s\n`);
  }
}

async function share(stage: Stage, owner: ShoalClient, files: number, size: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < files; index = next++) {
      const place = `tree/d${index % FOLDERS}/f${index}`;
      mkdirSync(dirname(stage.path(place)), { recursive: true });
      writeFileSync(stage.path(place), randomBytes(size));
      await owner.shareFile(stage.path(place), 'bench', { fileName: place });
    }
  };
  await Promise.all(Array.from({ length: SHARED_AT_ONCE }, lane));
}
