import { Desk } from '../editor/support/stage.js';
import { runSuites, SERVER_EDITOR } from '../editor/support/suites.js';

/** Measures the cost of the extension in a real editor. */

const HELP = `npm run bench -- editor
Has the packed extension in a real editor while it fetches 1 GiB: the event loop's delay, the panel's frames; then seven starts.
`;

async function main(): Promise<void> {
  console.log(`Node ${process.version}, the editor's extension host on its own`);
  await runSuites(['bench/editor-speed'], { vscodeExecutablePath: SERVER_EDITOR, filmBytes: 1 << 30 });
  const activations: number[] = [];
  for (let run = 0; run < 7; run++) activations.push(await activation());
  const sorted = activations.toSorted((a, b) => a - b);
  console.log(`activation: ${activations.join(', ')} ms; median ${sorted[3]} ms`);
}

/** The editor's own measurement of loading the code and calling `activate`. */
async function activation(): Promise<number> {
  const desk = await Desk.open('bench');
  try {
    await desk.window.openView('Shoal');
    await desk.window.page.locator('.monaco-link', { hasText: 'Host one on this computer' }).waitFor();
    await desk.window.runCommand('Developer: Show Running Extensions');
    const row = desk.window.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Shoal' });
    return Number(/(\d+)\s*ms/.exec(await row.locator('.activation-time').innerText())?.[1]);
  } finally {
    await desk.close();
  }
}

if (process.argv.includes('--help')) process.stdout.write(HELP);
else await main();
