import { parseArgs } from 'node:util';
import { killAgainAndAgain } from '../e2e/faults/killing.js';
import { SharingScene, STEPS, WAYS, WITHDRAWALS } from '../e2e/faults/killing-sharing.js';
import { killTrackers } from '../e2e/tracker/killing.js';
import { writeAndKill } from '../e2e/tracker/killing-writers.js';

/** Kills a downloader and trackers (`kill -9`) at random moments. It checks that nothing is lost, and measures the cost per kill. */

const HELP = `npm run bench -- kill [--times N] [--seed N] [--trackers N] [--versions N] [--no-sharing]
Kills a downloader N times (500), and prints how many files were completed meanwhile and how many pieces came twice. Then
kills trackers N times (100) while clients write, and checks that nothing is missing of what they acknowledged. Then has two
members publish N versions (1000) of one file against each other while both and the tracker are killed, and checks that every
version is kept. At last, kills a client at every step of sharing a file, a folder and a download. A number of 0 leaves a part
out, and --no-sharing the last.
`;

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    trackers: { type: 'string', default: '100' },
    versions: { type: 'string', default: '1000' },
    'no-sharing': { type: 'boolean', default: false },
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
  if (!values['no-sharing']) {
    await killSharing();
    process.stdout.write(
      `${WAYS.length * STEPS.length + Object.keys(WITHDRAWALS).length} kills while sharing and withdrawing: nothing unknown is listed, and what is listed is served\n`,
    );
  }
}

async function killSharing(): Promise<void> {
  const scene = await SharingScene.open();
  try {
    for (const way of WAYS.keys()) for (const step of STEPS.keys()) await scene.play(way, step);
    for (const moment of Object.values(WITHDRAWALS)) await scene.withdraw(moment);
  } finally {
    await scene.killAll();
    await scene.close();
  }
}

async function killDownloader(times: number, seed: number): Promise<void> {
  const { kills, files, killsAtTheEnd, piecesLostPerKill, leftovers } = await killAgainAndAgain(times, seed);
  process.stdout.write(
    `${kills} kills, ${killsAtTheEnd} of them when the file had its name: ${files} files, all right; ` +
      `${piecesLostPerKill.toFixed(2)} pieces of 512 KiB fetched again for each kill; ${leftovers} temporary files left\n`,
  );
}
