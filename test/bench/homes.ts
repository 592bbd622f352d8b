import { parseArgs } from 'node:util';
import * as z from 'zod';
import { LINES } from '../e2e/reach/internet.js';
import { whyNoNamespaces } from '../e2e/swarm/namespaces.js';
import { exchangeBetweenHomes } from '../editor/homes/exchange.js';
import { type ExchangeOptions, FILE, MEMBER, OWNER } from '../editor/homes/messages.js';
import { SCREENSHOTS } from '../editor/support/stage.js';
import { ensurePrograms } from '../support/system-programs.js';

/** Two people behind two home routers, at real editors or terminals, from the invitation to the file; prints what they read on the way. */

const HELP = `npm run bench -- homes [--size MIB] [--rate MBITS] [--terminal owner|member|both] [--owner LINE] [--member LINE] [--locale TAG]
${OWNER} makes a group, shares a file of MIB (1024) and invites ${MEMBER}, who installs the extension, follows the invitation and downloads. Each is
at home behind a router of a kind (preserving): ${Object.keys(LINES).join(', ')}; each line carries MBITS (200) Mbit/s in each direction, 0 for no
limit. Prints the time, what each program says about the way, and where the pictures are. --terminal puts terminal clients in the place of editors;
--locale de takes pictures of the end in German, too. Linux; needs root, or user namespaces that anybody may make, nft, and what the editor's tests need.
`;

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '1024' },
    rate: { type: 'string', default: '200' },
    terminal: { type: 'string' },
    owner: { type: 'string', default: 'preserving' },
    member: { type: 'string', default: 'preserving' },
    locale: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const CANNOT_BEGIN = 2;

if (values.help) process.stdout.write(HELP);
else {
  const why = await whyNoNamespaces();
  if (why === undefined) await bench();
  else {
    process.stderr.write(`${why}\n`);
    process.exitCode = CANNOT_BEGIN;
  }
}

async function bench(): Promise<void> {
  await ensurePrograms('These measurements', [{ names: ['nft'], debian: 'nftables' }]);
  const line = z.enum(Object.keys(LINES) as [keyof typeof LINES]);
  const terminal = z.enum(['owner', 'member', 'both']).optional().parse(values.terminal);
  const programOf = (who: 'owner' | 'member') => (terminal === who || terminal === 'both' ? 'terminal' : 'editor');
  const options: ExchangeOptions = {
    owner: { line: line.parse(values.owner), program: programOf('owner') },
    member: { line: line.parse(values.member), program: programOf('member') },
    sizeMib: Number(values.size),
    megabits: Number(values.rate),
    locale: values.locale,
  };
  const begunMs = performance.now();
  const { seconds, source, readByOwner, readByMember } = await exchangeBetweenHomes(options);
  const allSeconds = (performance.now() - begunMs) / 1000;
  const rate = (options.sizeMib * 2 ** 20) / 1e6 / seconds;
  const lines = [
    `${FILE}, ${options.sizeMib} MiB, came whole in ${seconds.toFixed(1)} s (${rate.toFixed(1)} MB/s); with all steps ${allSeconds.toFixed(0)} s`,
    `source: ${source}`,
    ...described(OWNER, options.owner, readByOwner),
    ...described(MEMBER, options.member, readByMember),
  ];
  if (terminal !== 'both') lines.push('', `pictures: ${SCREENSHOTS}/homes-*.png`);
  process.stdout.write(`${lines.join('\n')}\n`);
}

function described(name: string, { line, program }: ExchangeOptions['owner'], read: readonly string[]): string[] {
  return [
    '',
    `${name}, at ${program === 'editor' ? 'an editor' : 'a terminal'} behind ${LINES[line]}, reads:`,
    ...read,
  ];
}
