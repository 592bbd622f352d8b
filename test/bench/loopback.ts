import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Peer, Stage } from '../e2e/support/processes.js';
import { randomFile, sha1Of, signUp } from '../e2e/support/scenes.js';
import { median } from './median.js';

/**
 * Measures the speed and cost of one file over loopback, with real processes, as shipped (TLS, tickets, fsync). Linux only: it reads the
 * processes' accounting from /proc.
 */

const HELP = `npm run bench -- loopback [--size MIB] [--sources N] [--runs N]
Downloads a file of MIB (1024) from N sources (1) over loopback, RUNS times (5), and prints each run and the medians.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    sources: { type: 'string', default: '1' },
    runs: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});

interface Run {
  readonly MBps: number;
  readonly downloaderCpuS: number;
  readonly sourcesCpuS: number;
  readonly downloaderPeakMiB: number;
}

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.size), Number(values.sources), Number(values.runs));

async function bench(sizeMib: number, sources: number, runs: number): Promise<void> {
  await using stage = await Stage.open();
  const info = await stage.trackerInfo(await stage.startTracker());
  const sha1 = randomFile(stage.path('payload.bin'), sizeMib * 2 ** 20);
  const seeders: Peer[] = [];
  for (let index = 0; index < sources; index++)
    seeders.push(await startPeer(stage, info, `seeder${index}`, seeders[0]));
  for (const seeder of seeders) await seeder.say(`upload_file ${stage.path('payload.bin')} bench`);
  const done: Run[] = [];
  for (let run = 0; run < runs; run++) {
    done.push(await once(stage, info, run, seeders, sha1, sizeMib));
    process.stdout.write(`${JSON.stringify(done.at(-1))}\n`);
  }
  const middle = (figure: keyof Run) => median(done.map((one) => one[figure]));
  const { MBps, downloaderCpuS, sourcesCpuS, downloaderPeakMiB } = {
    MBps: middle('MBps'),
    downloaderCpuS: middle('downloaderCpuS'),
    sourcesCpuS: middle('sourcesCpuS'),
    downloaderPeakMiB: middle('downloaderPeakMiB'),
  };
  process.stdout.write(
    `${sizeMib} MiB, ${sources} sources, Node ${process.version}, medians of ${runs}: ${MBps} MB/s; CPU-seconds ${downloaderCpuS} downloader, ` +
      `${sourcesCpuS} sources; downloader's peak ${downloaderPeakMiB} MiB\n`,
  );
}

async function startPeer(stage: Stage, info: string, name: string, owner: Peer | undefined): Promise<Peer> {
  const peer = stage.startPeer(name, info);
  await signUp(peer, name);
  if (!owner) {
    await peer.say('create_group bench');
    return peer;
  }
  await peer.say('join_group bench');
  await owner.say(`accept_request bench ${name}`);
  return peer;
}

async function once(
  stage: Stage,
  info: string,
  run: number,
  seeders: Peer[],
  sha1: string,
  sizeMib: number,
): Promise<Run> {
  const leecher = await startPeer(stage, info, `leecher${run}`, seeders[0]);
  const folder = await stage.subfolder(`out${run}`);
  const before = [leecher, ...seeders].map((peer) => cpuSeconds(peer.pid));
  const startedMs = performance.now();
  await leecher.say(`download_file bench payload.bin ${folder}`);
  const outcome = await leecher.say('wait_downloads');
  const seconds = (performance.now() - startedMs) / 1000;
  const [own = 0, ...others] = [leecher, ...seeders].map((peer, index) => cpuSeconds(peer.pid) - (before[index] ?? 0));
  if (!outcome.startsWith('1 complete') || sha1Of(join(folder, 'payload.bin')) !== sha1) throw new Error(outcome);
  const downloaderPeakMiB = peakMiB(leecher.pid);
  await leecher.stop();
  return {
    MBps: Math.round((sizeMib * 2 ** 20) / 1e6 / seconds),
    downloaderCpuS: round(own),
    sourcesCpuS: round(others.reduce((sum, one) => sum + one, 0)),
    downloaderPeakMiB,
  };
}

/** User and system time of a process in seconds, from the kernel's ticks of 10 ms. */
function cpuSeconds(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakMiB(pid: number | undefined): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
