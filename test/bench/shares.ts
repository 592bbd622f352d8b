import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { type Share, type ShareStateName, ShoalClient } from '@shoal/sdk';
import { Stage } from '../e2e/support/processes.js';
import { collectGarbage } from './collect-garbage.js';

/** Measures the cost of many shares at once, by their number. */

const HELP = `npm run bench -- shares [--shares N,N,...] [--folder PATH]
For each N (100,1000,10000): shares a folder of N files of a few bytes, half of them with the same content, and stops sharing them; then shares them
again, and signs in again with a new client (restore). Then their disk goes away (unplug: until all are missing) and comes back (plug:
until all are available), while the client watches; then the user leaves the group with them. At last a sign-in finds that all are missing (lose). Prints
the seconds of each, the longest turn of the event loop from the unplugging to the end of the plugging, the memory of the process (resident), and what of its
heap the signed-in client takes (after a collection). The tracker is a process of its own; the files lie in a temporary folder below PATH.
`;

const { values } = parseArgs({
  options: {
    shares: { type: 'string', default: '100,1000,10000' },
    folder: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});

const FILES_A_FOLDER = 500;

if (values.help) process.stdout.write(HELP);
else for (const count of values.shares.split(',').map(Number)) await bench(count);

async function bench(count: number): Promise<void> {
  await using stage = await Stage.open();
  const info = await stage.trackerInfo(await stage.startTracker());
  const folder = mkdtempSync(join(values.folder, 'shoal-shares-'));
  const tree = join(folder, 'tree');
  const dataDir = join(folder, 'alice');
  try {
    for (let file = 0; file < count; file++) {
      const below = join(tree, `d${Math.floor(file / FILES_A_FOLDER)}`);
      if (file % FILES_A_FOLDER === 0) mkdirSync(below, { recursive: true });
      writeFileSync(join(below, `f${file}`), file % 2 === 0 ? 'the same' : `file ${file}`);
    }
    const open = async () => {
      const client = new ShoalClient({ tracker: info, dataDir, listen: '127.0.0.1:0' });
      await client.connect();
      return client;
    };
    const figures: string[] = [];
    const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
      const begunMs = performance.now();
      const result = await work();
      figures.push(`${what} ${((performance.now() - begunMs) / 1000).toFixed(2)}`);
      return result;
    };
    let client = await open();
    await client.createUser('alice', 'secret-alice');
    await client.login('alice', 'secret-alice');
    await client.createGroup('lab');
    await timed('share', () => client.shareFolder(tree, 'lab'));
    const names = client.shares().map(({ fileName }) => fileName);
    await timed('stop', () => client.stopShares('lab', names));
    await timed('share again', () => client.shareFolder(tree, 'lab'));
    await client.close();
    const emptyBytes = await collectedBytes();
    client = await open();
    const { restored } = await timed('restore', () => client.login('alice', 'secret-alice'));
    if (restored.length !== count) throw new Error(`${restored.length} of ${count} shares were restored`);
    const heapMib = ((await collectedBytes()) - emptyBytes) / 2 ** 20;
    const memoryMib = process.memoryUsage().rss / 2 ** 20;
    const away = join(folder, 'away');
    const turns = monitorEventLoopDelay({ resolution: 1 });
    turns.enable();
    await timed('unplug', async () => {
      const missing = allAre(client, 'missing', count);
      renameSync(tree, away);
      await missing;
    });
    await timed('plug', async () => {
      const available = allAre(client, 'available', count);
      renameSync(away, tree);
      await available;
    });
    turns.disable();
    await timed('leave', () => client.leaveGroup('lab'));
    await client.createGroup('lab');
    await client.shareFolder(tree, 'lab');
    await client.close();
    renameSync(tree, join(folder, 'gone'));
    client = await open();
    const { unavailable } = await timed('lose', () => client.login('alice', 'secret-alice'));
    if (unavailable.length !== count) throw new Error(`${unavailable.length} of ${count} shares are missing`);
    await client.close();
    process.stdout.write(
      `${count} shares, seconds: ${figures.join(', ')}; longest turn ${(turns.max / 1e6).toFixed(0)} ms; ` +
        `${memoryMib.toFixed(0)} MiB, ${heapMib.toFixed(0)} of them of the client; Node ${process.version}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The bytes of the heap and of buffers that are left after a collection. */
async function collectedBytes(): Promise<number> {
  await collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Resolves when so many shares have come into a state. */
function allAre(client: ShoalClient, state: ShareStateName, count: number): Promise<void> {
  return new Promise((resolve) => {
    const changed = new Set<string>();
    const listener = (share: Share): void => {
      if (share.state.name === state) changed.add(share.fileName);
      if (changed.size < count) return;
      client.off('shareChanged', listener);
      resolve();
    };
    client.on('shareChanged', listener);
  });
}
