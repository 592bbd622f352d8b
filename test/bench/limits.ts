import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineEvent } from '../../sdk/engine/index.js';
import { Bench, type Peer } from '../sdk/engine/support.js';

/** Measures how exactly rate limits are kept, with real sockets and disks over loopback, by the payload that the source sends. */

const HELP = `npm run bench -- limits [--seconds N] [--rates A,B,…]
Fetches a file for N seconds (10) with the downloader, then with the source limited to each rate (bytes a second), and prints
target, measured and the error.
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    rates: { type: 'string', default: '100000,1000000,10000000,50000000' },
    help: { type: 'boolean', default: false },
  },
});

type Direction = 'download' | 'upload';

if (values.help) process.stdout.write(HELP);
else await measureAll(Number(values.seconds), values.rates.split(',').map(Number));

async function measureAll(seconds: number, rates: readonly number[]): Promise<void> {
  for (const direction of ['download', 'upload'] as const) {
    for (const rate of rates) {
      const measured = await measure(direction, rate, seconds);
      const errorPercent = (measured / rate - 1) * 100;
      process.stdout.write(
        `${direction} target ${rate} B/s, measured ${Math.round(measured)} B/s over ${seconds} s, error ${errorPercent.toFixed(2)} %\n`,
      );
    }
  }
}

/** The rate of a transfer that is limited at one end, in bytes per second. */
async function measure(direction: Direction, bytesPerSecond: number, seconds: number): Promise<number> {
  const bench = new Bench({ over: 'tls and threads' });
  try {
    const [seeder, leecher] = [await bench.peer(), await bench.peer()];
    const path = join(bench.folder, 'source');
    writeFileSync(path, '');
    truncateSync(path, Math.ceil(bytesPerSecond * (seconds + 2)) + (1 << 20));
    const manifest = await bench.serve(seeder, path);
    const limited = direction === 'download' ? leecher : seeder;
    limited.engine.send({
      type: 'limits',
      downloadBytesPerSecond: direction === 'download' ? bytesPerSecond : undefined,
      uploadBytesPerSecond: direction === 'upload' ? bytesPerSecond : undefined,
    });
    await bench.download(leecher, manifest, join(bench.folder, 'out'), [seeder.source]);
    return await rateOf(seeder, seconds);
  } finally {
    await bench.close();
  }
}

/** The upload rate of a source in bytes per second, from its first report over this many seconds. */
function rateOf(seeder: Peer, seconds: number): Promise<number> {
  let first: { bytes: number; atMs: number } | undefined;
  return new Promise((resolve) => {
    seeder.engine.on('uploads', ({ uploads }: EngineEvent & { type: 'uploads' }) => {
      const now = { bytes: uploads.reduce((sum, upload) => sum + upload.bytes, 0), atMs: performance.now() };
      first ??= now;
      const elapsedMs = now.atMs - first.atMs;
      if (elapsedMs >= seconds * 1000) resolve(((now.bytes - first.bytes) / elapsedMs) * 1000);
    });
  });
}
