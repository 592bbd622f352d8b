import { parseArgs } from 'node:util';
import { LorisScene } from '../e2e/faults/loris-scene.js';
import { KINDS, type Kind, residentMib, SlowLoris } from '../e2e/faults/slow-loris.js';
import { median } from './median.js';

/** Measures what idle hostile connections cost a seeder and its honest peers. */

const HELP = `npm run bench -- slow-loris [--connections N] [--size MIB] [--runs N]
Downloads a file of MIB (256) without and with N (1000) idle connections of each kind, RUNS times (3) in turns, and prints the medians.
`;

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000' },
    size: { type: 'string', default: '256' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else await bench(Number(values.connections), Number(values.size), Number(values.runs));

async function bench(connections: number, sizeMib: number, runs: number): Promise<void> {
  const scene = await LorisScene.open(sizeMib * 2 ** 20);
  try {
    await speed(scene, sizeMib); // warms the seeder up
    for (const kind of Object.keys(KINDS) as Kind[]) {
      const { device, ticket, source } = await scene.member(`loris-${kind}`);
      const alone: number[] = [];
      const beside: number[] = [];
      const heldMib: number[] = [];
      for (let run = 0; run < runs; run++) {
        alone.push(await speed(scene, sizeMib));
        const before = residentMib(scene.seeder.pid);
        const loris = await SlowLoris.hold(kind, connections, source, device.identity, ticket);
        heldMib.push(residentMib(scene.seeder.pid) - before);
        beside.push(await speed(scene, sizeMib));
        loris.close();
      }
      device.close();
      process.stdout.write(
        `${connections} ${KINDS[kind]}: at most ${Math.max(...heldMib).toFixed(0)} MiB more; ${median(beside).toFixed(0)} MB/s ` +
          `beside them, ${median(alone).toFixed(0)} without (${((100 * median(beside)) / median(alone)).toFixed(0)} %)\n`,
      );
    }
  } finally {
    await scene.close();
  }
}

/** The download rate of an honest peer, in MB/s. */
async function speed(scene: LorisScene, sizeMib: number): Promise<number> {
  const peer = await scene.downloader();
  const seconds = await scene.download(peer);
  await peer.stop();
  return (sizeMib * 2 ** 20) / 1e6 / seconds;
}
