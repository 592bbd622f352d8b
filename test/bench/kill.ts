import { parseArgs } from 'node:util';
import { killAgainAndAgain } from '../e2e/faults/killing.js';
import { killTrackers } from '../e2e/tracker/killing.js';

/** Kills a downloader and trackers (`kill -9`) at random moments. It checks that nothing is lost, and measures the cost per kill. */

const HELP = `npm run bench -- kill [--times N] [--seed N] [--trackers N]
Kills a downloader N times (500), and prints how many files were completed meanwhile and how many pieces came twice. Then
kills trackers N times (100) while clients write, and checks that nothing is missing of what they acknowledged.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    trackers: { type: 'string', default: '100' },
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
  const writes = await killTrackers(Number(values.trackers));
  process.stdout.write(`${values.trackers} kills of trackers: ${writes} writes acknowledged, none missing\n`);
}
