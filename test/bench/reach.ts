import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ALL_LINES, everyPair, expectedWay, namePair, WAYS } from '../e2e/reach/expected.js';
import { hasSix, isSix } from '../e2e/reach/internet.js';
import { type Meeting, meet } from '../e2e/reach/meeting.js';
import { whyNoNamespaces } from '../e2e/swarm/namespaces.js';
import { routerTools } from '../e2e/swarm/router-tools.js';
import { ensurePrograms } from '../support/system-programs.js';

/** Lets real clients behind routers of all kinds fetch from one another, and prints by which way, and how soon. */

const HELP = `npm run bench -- reach [--size MIB] [--from LINE] [--to LINE] [--new]
Each kind of line fetches a file of MIB (4) from each other one, in network namespaces: ${ALL_LINES.join(', ')}; also two
members behind one router, and two behind one router of a provider. Lines of IPv6 meet one another, and some of IPv4. Prints the time to the
first piece with its bar, the time to the end, and the way; ends with code 1 if a way is another than expected. --from and --to leave only pairs
with that source or requester. The tracker has checked everybody's addresses before, unless --new is given.
Linux; needs root, or user namespaces that anybody may make, nft, and miniupnpd for the line "mapping".
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
  const folder = await mkdtemp(join(tmpdir(), 'shoal-router-'));
  try {
    const tools = await routerTools(folder);
    if (typeof tools === 'string') process.stderr.write(`Routers that open ports are left out: ${tools}\n`);
    if (!hasSix()) process.stderr.write('Lines of IPv6 are left out: this system has none.\n');
    const lines = ALL_LINES.filter((line) =>
      line === 'mapping' ? typeof tools !== 'string' : hasSix() || !isSix(line),
    );
    const pairs = everyPair(lines).filter(
      ({ requester, source }) => (values.from ?? source) === source && (values.to ?? requester) === requester,
    );
    const options = { pairs, sizeMib: Number(values.size), areKnown: !values.new };
    let others = 0;
    await meet({ ...options, ...(typeof tools !== 'string' && { tools }) }, (meeting) => {
      const isExpected = WAYS[expectedWay(meeting)].said.test(meeting.way);
      if (!isExpected) others++;
      process.stdout.write(`${describe(meeting, isExpected)}\n`);
    });
    process.stdout.write(`${pairs.length} pairs, ${others} by another way than expected\n`);
    if (others > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(meeting: Meeting, isExpected: boolean): string {
  const { way, firstPieceSeconds, doneSeconds } = meeting;
  const expected = expectedWay(meeting);
  const first = `first piece ${firstPieceSeconds.toFixed(2)} s (bar ${WAYS[expected].barSeconds})`;
  const doubt = isExpected ? '' : ` -- EXPECTED: ${expected}`;
  return `${namePair(meeting)}: ${first}, whole ${doneSeconds.toFixed(2)} s; ${way}${doubt}`;
}
