import { parseArgs } from 'node:util';
import { killAgainAndAgain } from '../e2e/faults/killing.js';
import { killTrackers } from '../e2e/tracker/killing.js';
import { writeAndKill } from '../e2e/tracker/killing-writers.js';

/** Kills a downloader and trackers (`kill -9`) at random moments. It checks that nothing is lost, and measures the cost per kill. */

const HELP = `npm run bench -- kill [--times N] [--seed N] [--trackers N] [--versions N]
Kills a downloader N times (500), and prints how many files were completed meanwhile and how many pieces came twice. Then
kills trackers N times (100) while clients write, and checks that nothing is missing of what they acknowledged. Then has two
members publish N versions (1000) of one file against each other while both and the tracker are killed, and checks that every
version is kept. A number of 0 leaves a part out.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    trackers: { type: 'string', default: '100' },
    versions: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const [times, trackers, versions] = [Number(values.times), Number(values.trackers), Number(values.versions)];
  if (times > 0) await killDownloader(times, Number(values.seed));
  if (trackers > 0) {
    const writes = await killTrackers(trackers);
    process.stdout.write(`${trackers} kills of trackers: ${writes} writes acknowledged, none missing\n`);
  }
  if (versions > 0) {
    const written = await writeAndKill(versions);
    process.stdout.write(
      `${written.versions} versions by two members, ${written.conflicts} conflicts, ${written.kills} kills: none missing, none twice\n`,
    );
  }
}

async function killDownloader(times: number, seed: number): Promise<void> {
  const { kills, files, killsAtTheEnd, piecesLostPerKill, leftovers } = await killAgainAndAgain(times, seed);
  process.stdout.write(
    `${kills} kills, ${killsAtTheEnd} of them when the file had its name: ${files} files, all right; ` +
      `${piecesLostPerKill.toFixed(2)} pieces of 512 KiB fetched again for each kill; ${leftovers} temporary files left\n`,
  );
}
