import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UNINSTALLED } from '../daemon/install-watch.js';

/** The editor waits five seconds for this program, then removes the extension's storage. */
const GIVEN_MS = 3000;

/** The editor runs it after the extension was uninstalled: it ends running agents and trackers in order. */
async function main(): Promise<void> {
  writeFileSync(join(dirname(process.argv[1] ?? ''), UNINSTALLED), '');
  await sleep(GIVEN_MS);
}

main().catch(() => {
  process.exitCode = 1; // nobody reads the output; removing the programs ends them too
});
