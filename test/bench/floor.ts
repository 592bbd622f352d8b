import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { createTlsIdentity } from '../../sdk/identity/index.js';
import { Stage } from '../e2e/support/processes.js';
import { randomFile } from '../e2e/support/scenes.js';
import { median } from './median.js';

/**
 * Measures the floor of a transfer in Node: two processes, TLS with Shoal's settings, every byte digested twice and written past the page
 * cache like Shoal, but no frames, plan or tracker. No client in Node can be much faster.
 */

const HELP = `npm run bench -- floor [--size MIB] [--runs N] [--plain]
Sends a file of MIB (1024) from one process to another over loopback, RUNS times (5), with what Shoal cannot do without and nothing
besides; prints each run and the medians. --plain does without TLS.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    runs: { type: 'string', default: '5' },
    plain: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const LISTENING = z.object({ port: z.number() });
const SENT = z.object({ cpuSeconds: z.number() });
const RECEIVED = SENT.extend({ seconds: z.number() });

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.size), Number(values.runs));

async function bench(sizeMib: number, runs: number): Promise<void> {
  await using stage = await Stage.open();
  const path = stage.path('payload.bin');
  randomFile(path, sizeMib * 2 ** 20);
  const speeds: number[] = [];
  const costs: number[] = [];
  for (let run = 0; run < runs; run++) {
    const { seconds, cpuSeconds } = await transfer(path, stage.path(`out${run}.bin`), sizeMib * 2 ** 20);
    speeds.push((sizeMib * 2 ** 20) / 1e6 / seconds);
    costs.push(cpuSeconds);
    process.stdout.write(`${speeds.at(-1)?.toFixed(0)} MB/s, ${cpuSeconds.toFixed(2)} CPU-seconds of both ends\n`);
  }
  process.stdout.write(
    `${sizeMib} MiB${values.plain ? ', plain' : ''}, Node ${process.version}, medians of ${runs}: ${median(speeds).toFixed(0)} MB/s, ` +
      `${median(costs).toFixed(2)} CPU-seconds\n`,
  );
}

async function transfer(path: string, out: string, sizeBytes: number): Promise<z.infer<typeof RECEIVED>> {
  const identity = await createTlsIdentity('floor');
  const tls = values.plain ? null : identity;
  const source = end('floor-source.ts', { path, sizeBytes, tls });
  const { port } = LISTENING.parse(await answer(source));
  const sink = end('floor-sink.ts', { port, out, sizeBytes, tls });
  const received = RECEIVED.parse(await answer(sink));
  source.send('end');
  const sent = SENT.parse(await answer(source));
  await Promise.all([stopped(source), stopped(sink)]);
  return { seconds: received.seconds, cpuSeconds: received.cpuSeconds + sent.cpuSeconds };
}

function end(module: string, order: unknown): ChildProcess {
  return fork(fileURLToPath(new URL(module, import.meta.url)), [JSON.stringify(order)], {
    execArgv: ['--import', 'tsx'],
  });
}

async function answer(child: ChildProcess): Promise<unknown> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`One end of the transfer ended with ${code}.`);
  });
  failed.catch(() => {}); // the process exits normally later
  const answered: Promise<unknown[]> = once(child, 'message');
  return (await Promise.race([answered, failed]))[0];
}

async function stopped(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
