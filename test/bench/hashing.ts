import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HashPool } from '../../sdk/engine/index.js';
import { decodeManifest } from '../../sdk/protocol/index.js';
import { randomFile } from '../e2e/support/scenes.js';
import { median } from './median.js';

/** Measures the hashing of files for sharing (every piece and the whole) against `sha1sum` on the same files, in turns. */

const HELP = `npm run bench -- hashing [--size MIB] [--runs N] [--folder PATH]
Hashes one file of MIB (1024), then four files of a quarter of it at once, RUNS times (5), in turns with sha1sum; prints each
run, the medians and their ratio. The files lie in a temporary folder below PATH, and in the page cache.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});

interface Run {
  readonly sha1sumS: number;
  readonly shoalS: number;
}

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.size) * 2 ** 20, Number(values.runs));

async function bench(sizeBytes: number, runs: number): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'shoal-hashing-'));
  const pool = new HashPool();
  try {
    for (const count of [1, 4]) {
      const paths = Array.from({ length: count }, (_none, index) => join(folder, `${count}-${index}`));
      const digests = paths.map((path) => randomFile(path, sizeBytes / count));
      await once(pool, paths, digests); // starts the workers and fills the cache
      const done: Run[] = [];
      for (let run = 0; run < runs; run++) {
        done.push(await once(pool, paths, digests));
        process.stdout.write(`${JSON.stringify(done.at(-1))}\n`);
      }
      const figures = (choose: (sorted: number[]) => number) => {
        const [sha1sumS, shoalS] = [sorted(done, 'sha1sumS'), sorted(done, 'shoalS')].map(choose);
        return `sha1sum ${sha1sumS} s, Shoal ${shoalS} s, ratio ${round((shoalS ?? 0) / (sha1sumS ?? 0))}`;
      };
      process.stdout.write(
        `${count} × ${sizeBytes / count / 2 ** 20} MiB, Node ${process.version}, medians of ${runs}: ${figures(median)}; ` +
          `fastest: ${figures((times) => times[0] ?? Number.NaN)}\n`,
      );
      for (const path of paths) rmSync(path);
    }
  } finally {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function once(pool: HashPool, paths: readonly string[], digests: readonly string[]): Promise<Run> {
  const startedMs = performance.now();
  execFileSync('sha1sum', paths);
  const betweenMs = performance.now();
  const made = await Promise.all(paths.map((path) => pool.manifest(path, 'sha1')));
  const endedMs = performance.now();
  const found = made.map(({ manifest }) => Buffer.from(decodeManifest(manifest).fileDigest).toString('hex'));
  if (found.join() !== digests.join()) throw new Error('a digest is wrong');
  return { sha1sumS: round((betweenMs - startedMs) / 1000), shoalS: round((endedMs - betweenMs) / 1000) };
}

function sorted(runs: readonly Run[], figure: keyof Run): number[] {
  return runs.map((run) => run[figure]).sort((a, b) => a - b);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
