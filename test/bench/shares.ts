import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ShoalClient } from '@shoal/sdk';
import { Stage } from '../e2e/support/processes.js';
import { until } from '../support/until.js';

/** Measures the cost of many shares at once, by their number. */

const HELP = `npm run bench -- shares [--shares N,N,...] [--folder PATH]
For each N (100,1000,10000): shares a folder of N files of a few bytes, half of them with the same content, and stops sharing them; then shares them
again, signs in again (restore), leaves the group with them, and finds at a sign-in that all of them are gone (lose). Prints the seconds of each. The
tracker is a process of its own; the files lie in a temporary folder below PATH.
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
    client = await open();
    const { restored } = await timed('restore', () => client.login('alice', 'secret-alice'));
    if (restored.length !== count) throw new Error(`${restored.length} of ${count} shares were restored`);
    await timed('leave', () => client.leaveGroup('lab'));
    await client.createGroup('lab');
    await client.shareFolder(tree, 'lab');
    await client.close();
    renameSync(tree, join(folder, 'gone'));
    client = await open();
    const { lost } = await timed('lose', async () => {
      const result = await client.login('alice', 'secret-alice');
      await until(async () => (await client.listFiles('lab')).length === 0); // the client may inform the tracker in the background
      return result;
    });
    if (lost.length !== count) throw new Error(`${lost.length} of ${count} shares were lost`);
    await client.close();
    process.stdout.write(`${count} shares, seconds: ${figures.join(', ')}, Node ${process.version}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
