import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Stage } from '../e2e/support/processes.js';
import { signUp } from '../e2e/support/scenes.js';

/** Measures the download of a folder of many small files over loopback, with real processes, as shipped, including fsync. */

const HELP = `npm run bench -- folder [--files N] [--size BYTES] [--runs N]
Shares a folder of N files (10000) of BYTES each (4096), and fetches it RUNS times (3); prints files a second. The temporary folder (TMPDIR) tells the disk.
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
const PATIENCE_MS = 300_000;

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.files), Number(values.size), Number(values.runs));

async function bench(files: number, size: number, runs: number): Promise<void> {
  await using stage = await Stage.open();
  const tracker = await stage.startTracker();
  make(stage, files, size);
  const owner = stage.startPeer('owner', tracker.url);
  await signUp(owner, 'owner');
  await owner.say('create_group bench');
  const shared = await timed(() => owner.say(`upload_folder ${stage.path('tree')} bench`, PATIENCE_MS));
  if (!shared.outcome.includes(`(${files} files`) || shared.outcome.includes('skipped'))
    throw new Error(shared.outcome);
  tell('shared', files, shared.seconds);
  const peer = stage.startPeer('leecher', tracker.url);
  await signUp(peer, 'leecher');
  await peer.say('join_group bench');
  await owner.say('accept_request bench leecher');
  for (let run = 0; run < runs; run++) {
    const inbox = await stage.subfolder(`inbox-${run}`);
    const fetched = await timed(async () => {
      const begun = await peer.say(`download_folder bench tree ${inbox}`, PATIENCE_MS);
      if (!begun.startsWith('downloading')) throw new Error(begun);
      return peer.say('wait_downloads', PATIENCE_MS);
    });
    if (!fetched.outcome.endsWith(' 0 failed')) throw new Error(fetched.outcome);
    tell('fetched', files, fetched.seconds);
  }
}

async function timed(act: () => Promise<string>): Promise<{ outcome: string; seconds: number }> {
  const startedMs = performance.now();
  const outcome = await act();
  return { outcome, seconds: (performance.now() - startedMs) / 1000 };
}

function tell(what: string, files: number, seconds: number): void {
  process.stdout.write(`${what}: ${seconds.toFixed(2)} s, ${Math.round(files / seconds)} files/s\n`);
}

function make(stage: Stage, files: number, size: number): void {
  for (let folder = 0; folder < FOLDERS; folder++) mkdirSync(stage.path('tree', `d${folder}`), { recursive: true });
  for (let index = 0; index < files; index++)
    writeFileSync(stage.path('tree', `d${index % FOLDERS}`, `f${index}`), randomBytes(size));
}
