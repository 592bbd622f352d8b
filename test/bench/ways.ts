import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Source } from '../../sdk/protocol/index.js';
import { randomFile } from '../e2e/support/scenes.js';
import { Bench, finished, type Peer } from '../sdk/engine/support.js';
import { MeetingTracker, SmallRelay } from '../sdk/engine/ways/meeting-tracker.js';
import { median } from './median.js';

/**
 * Measures what each way to a source costs. Both ends, and the relay, run in threads of this process, so that the figures are only to be compared
 * with one another.
 */

const HELP = `npm run bench -- ways [--size MIB] [--runs N]
Downloads a file of MIB (1024) that the source was dialled for, that it called back for, and through a relay, in turns, RUNS times (3), and
prints speed and CPU-seconds of all ends together.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

interface Way {
  readonly name: string;
  readonly by: 'back' | 'relay' | undefined;
}

interface Figures {
  readonly megabytesPerSecond: number;
  readonly cpuSeconds: number;
}

const WAYS: readonly Way[] = [
  { name: 'dialled', by: undefined },
  { name: 'called back', by: 'back' },
  { name: 'relayed', by: 'relay' },
];

if (values.help) process.stdout.write(HELP);
else await measureAll(Number(values.size), Number(values.runs));

async function measureAll(sizeMib: number, runs: number): Promise<void> {
  const all = new Map<Way, Figures[]>(WAYS.map((way) => [way, []]));
  for (let run = 0; run < runs; run++) for (const [way, figures] of all) figures.push(await measure(way, sizeMib));
  for (const [{ name }, figures] of all) {
    const speed = median(figures.map((one) => one.megabytesPerSecond));
    const cost = median(figures.map((one) => one.cpuSeconds));
    process.stdout.write(`${name.padEnd(11)} ${speed.toFixed(0)} MB/s, ${cost.toFixed(2)} CPU-seconds\n`);
  }
}

async function measure({ by }: Way, sizeMib: number): Promise<Figures> {
  const bench = new Bench({ over: 'tls and threads' });
  const relay = await SmallRelay.open();
  try {
    const sizeBytes = sizeMib * 2 ** 20;
    const [seeder, leecher] = [await bench.peer(), await bench.peer()];
    const payload = join(bench.folder, 'payload');
    randomFile(payload, sizeBytes);
    const manifest = await bench.serve(seeder, payload);
    const tracker = new MeetingTracker(relay, ...(by ? [by] : []));
    for (const peer of [seeder, leecher]) tracker.join(peer);
    const out = join(bench.folder, 'out');
    const cpu = process.cpuUsage();
    const begunMs = performance.now();
    const source = by ? await unreachable(seeder) : seeder.source;
    await finished(leecher, await bench.download(leecher, manifest, out, [source]));
    const seconds = (performance.now() - begunMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    rmSync(out);
    return { megabytesPerSecond: sizeBytes / 1e6 / seconds, cpuSeconds: (user + system) / 1e6 };
  } finally {
    await bench.close();
    relay.close();
  }
}

/** A peer, announced at a port at which nobody listens. */
async function unreachable({ source }: Peer): Promise<Source> {
  const server = createServer();
  server.listen(0, source.host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (!address || typeof address === 'string') throw new Error('the server has no address');
  return { ...source, port: address.port, reach: 'behind', meets: true };
}
