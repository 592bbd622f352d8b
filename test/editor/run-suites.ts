import { downloadAndUnzipVSCode } from '@vscode/test-electron';
import { runSuites, SERVER_EDITOR } from './support/suites.js';

/** `npm run test:electron`: the suite in the desktop's VS Code where that can be fetched, else in the server's. */
const desktop = await downloadAndUnzipVSCode().catch((error: unknown) => {
  const why = error instanceof Error ? error.message : String(error);
  console.log(`VS Code cannot be fetched (${why}): the suite runs in the server's editor.`);
  return SERVER_EDITOR;
});
const leaks = await runSuites(['editor/suite/extension'], { vscodeExecutablePath: desktop });
for (const path of leaks) console.error(`A secret stands in ${path}`);
process.exitCode = leaks.length === 0 ? 0 : 1;
