import { parseArgs } from 'node:util';
import { killAgainAndAgain } from '../e2e/faults/killing.js';

/** A downloader, killed at random moments (`kill -9`): that its files are right in the end, and what each kill costs. */

const HELP = `npm run bench -- kill [--times N] [--seed N]
Kills a downloader N times (500), and prints how many files were completed meanwhile and how many pieces came twice.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const { kills, files, killsAtTheEnd, piecesLostPerKill, leftovers } = await killAgainAndAgain(
    Number(values.times),
    Number(values.seed),
  );
  process.stdout.write(
    `${kills} kills, ${killsAtTheEnd} of them when the file had its name: ${files} files, all right; ` +
      `${piecesLostPerKill.toFixed(2)} pieces of 512 KiB fetched again for each kill; ${leftovers} temporary files left\n`,
  );
}
