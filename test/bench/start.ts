import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { ShoalClient } from '@shoal/sdk';
import { Stage } from '../e2e/support/processes.js';
import { randomFile, signUp } from '../e2e/support/scenes.js';
import { median } from './median.js';

/**
 * Measures how soon transfers begin, and how much a download blocks the caller's thread. The SDK runs here; tracker and source run in their
 * own processes.
 */

const HELP = `npm run bench -- start [--size MIB] [--runs N]
RUNS times (20): from the call to the first verified bytes of a file of MIB (1024), and from one member's call to share 1 KiB to
its standing whole at another's who waits for it; medians and the slowest. Then a whole download, and the delay of the caller's event loop meanwhile.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '20' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.size), Number(values.runs));

async function bench(sizeMib: number, runs: number): Promise<void> {
  await using stage = await Stage.open();
  const info = await stage.trackerInfo(await stage.startTracker());
  randomFile(stage.path('payload.bin'), sizeMib * 2 ** 20);
  const source = stage.startPeer('source', info);
  await signUp(source, 'source');
  await source.say('create_group bench');
  await source.say(`upload_file ${stage.path('payload.bin')} bench`);
  const client = await member(stage, info, 'caller');
  await client.joinGroup('bench');
  await source.say('accept_request bench caller');
  const folder = await stage.subfolder('out');

  const firstBytes: number[] = [];
  for (let run = 0; run < runs; run++) firstBytes.push(await untilFirstBytes(client, `${folder}/first${run}`));
  tell('from the call to the first verified bytes', firstBytes, 50);

  const small: number[] = [];
  for (let run = 0; run < runs; run++) small.push(await untilFetched(stage, source, client, folder, run));
  tell('1 KiB, from the call to share it to its standing at another', small, 100);

  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedMs = performance.now();
  await client.downloadFile('bench', 'payload.bin', `${folder}/whole`).done;
  const seconds = (performance.now() - startedMs) / 1000;
  delay.disable();
  const ms = (ns: number) => (ns / 1e6).toFixed(1);
  process.stdout.write(
    `${sizeMib} MiB in ${seconds.toFixed(2)} s; the caller's event loop, sampled each ms: p50 ${ms(delay.percentile(50))}, ` +
      `p99 ${ms(delay.percentile(99))}, longest ${ms(delay.max)} ms (bar: p99 10)\n`,
  );
  await client.close();
}

async function member(stage: Stage, tracker: string, name: string): Promise<ShoalClient> {
  const client = new ShoalClient({ tracker, dataDir: await stage.subfolder(name), listen: '127.0.0.1:0' });
  await client.connect();
  await client.createUser(name, `secret-${name}`);
  await client.login(name, `secret-${name}`);
  return client;
}

async function untilFirstBytes(client: ShoalClient, path: string): Promise<number> {
  const startedMs = performance.now();
  const download = client.downloadFile('bench', 'payload.bin', path);
  const stream = download.createReadStream();
  await once(stream, 'readable');
  const took = performance.now() - startedMs;
  stream.on('error', () => {}); // the stream fails when its download is cancelled
  download.done.catch(() => {});
  await download.cancel();
  return took;
}

/** Milliseconds from the share at the source until the client, which waits for the file, has fetched it. */
async function untilFetched(
  stage: Stage,
  source: { say(command: string): Promise<string> },
  client: ShoalClient,
  folder: string,
  run: number,
): Promise<number> {
  const name = `small${run}`;
  writeFileSync(stage.path(name), randomBytes(1024));
  const shared = new Promise<void>((resolve) => {
    client.on('fileShared', ({ file }) => {
      if (file.fileName === name) resolve();
    });
  });
  const startedMs = performance.now();
  const sharing = source.say(`upload_file ${stage.path(name)} bench`);
  await shared;
  await client.downloadFile('bench', name, `${folder}/${name}`).done;
  const took = performance.now() - startedMs;
  await sharing;
  client.removeAllListeners('fileShared');
  return took;
}

function tell(what: string, figures: readonly number[], barMs: number): void {
  const sorted = [...figures].sort((a, b) => a - b);
  process.stdout.write(
    `${what}: median ${median(sorted).toFixed(1)} ms, slowest ${sorted.at(-1)?.toFixed(1)} of ${figures.length} (bar: ${barMs})\n`,
  );
}
