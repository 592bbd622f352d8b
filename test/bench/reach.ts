import { parseArgs } from 'node:util';
import { LINES, type Line } from '../e2e/reach/internet.js';
import { type Meeting, meet, type Pair } from '../e2e/reach/meeting.js';
import { whyNoNamespaces } from '../e2e/swarm/namespaces.js';
import { ensurePrograms } from '../support/system-programs.js';

/** Lets real clients behind routers of all kinds fetch from one another, and prints by which way, and how soon. */

const HELP = `npm run bench -- reach [--size MIB] [--from LINE] [--to LINE] [--new]
Each kind of line fetches a file of MIB (4) from each other one, in network namespaces: ${Object.keys(LINES).join(', ')}; and two
members behind one router. Prints the way, and the time to the first piece and to the end. --from and --to leave only pairs with that
source or requester. The tracker has checked everybody's addresses before, unless --new is given. Linux; needs root, or user namespaces that anybody may make, and nft.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '4' },
    new: { type: 'boolean', default: false },
    from: { type: 'string' },
    to: { type: 'string' },
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
  await ensurePrograms('These measurements', [{ names: ['nft'], debian: 'nftables' }]);
  const lines = Object.keys(LINES) as Line[];
  const pairs: Pair[] = lines
    .flatMap((source) => lines.map((requester) => ({ requester, source })))
    .filter(({ requester, source }) => (values.from ?? source) === source && (values.to ?? requester) === requester);
  if (!values.from && !values.to) pairs.push({ requester: 'preserving', source: 'preserving', together: true });
  await meet({ pairs, sizeMib: Number(values.size), areKnown: !values.new }, (meeting) =>
    process.stdout.write(`${describe(meeting)}\n`),
  );
}

function describe({ requester, source, together, way, firstPieceSeconds, doneSeconds }: Meeting): string {
  const pair = `${requester} from ${source}${together ? ', one router' : ''}`;
  return `${pair}: first piece ${firstPieceSeconds.toFixed(2)} s, whole ${doneSeconds.toFixed(2)} s; ${way}`;
}
