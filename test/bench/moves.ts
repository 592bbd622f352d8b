import { parseArgs } from 'node:util';
import { MOVES, type Move, type Moved, moveAll } from '../e2e/reach/moving.js';
import { whyNoNamespaces } from '../e2e/swarm/namespaces.js';
import { ensurePrograms } from '../support/system-programs.js';

/** Moves real clients to other networks while they transfer a file, and prints how soon they went on. */

const NAMES = Object.keys(MOVES) as Move[];
const HELP = `npm run bench -- moves [--only MOVE,…] [--together]
Two clients exchange a file in network namespaces, and meanwhile something happens to the network:
${NAMES.map((name) => `  ${name}: ${MOVES[name]}`).join('\n')}
Prints, from when the network was there again: when pieces came by a connection of that time, and when the tracker had
checked the addresses that the moved computer has now. Linux; needs root, or user namespaces that anybody may make, nft and conntrack.
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: NAMES.join(',') },
    together: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const why = await whyNoNamespaces();
  if (why === undefined) await bench();
  else {
    process.stderr.write(`${why}\n`);
    process.exitCode = 2;
  }
}

async function bench(): Promise<void> {
  await ensurePrograms('These measurements', [
    { names: ['nft'], debian: 'nftables' },
    { names: ['conntrack'], debian: 'conntrack' },
  ]);
  const asked = values.only.split(',');
  const moves = NAMES.filter((name) => asked.includes(name));
  await moveAll({ moves, together: values.together }, (moved) => process.stdout.write(`${describe(moved)}\n`));
}

function describe({ move, before, after, flowsSeconds, knownSeconds, twiceBytes }: Moved): string {
  const times = `pieces after ${flowsSeconds.toFixed(1)} s, addresses checked after ${knownSeconds.toFixed(1)} s`;
  return `${move}: ${times}; ${before} -> ${after}; ${(twiceBytes / 2 ** 20).toFixed(1)} MiB more than was missing`;
}
