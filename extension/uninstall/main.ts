import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UNINSTALLED } from '../daemon/install-watch.js';

/** The editor waits five seconds for this program, then removes what the extension kept. */
const GIVEN_MS = 3000;

/** Run by the editor after the extension was uninstalled: has those end in order that still share or host for nobody's window. */
async function main(): Promise<void> {
  writeFileSync(join(dirname(process.argv[1] ?? ''), UNINSTALLED), '');
  await sleep(GIVEN_MS);
}

main().catch(() => {
  process.exitCode = 1; // nobody reads what it says; the programs are removed, which ends them too
});
