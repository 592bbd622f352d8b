import { Desk } from '../editor/support/stage.js';
import { runSuites, SERVER_EDITOR } from '../editor/support/suites.js';

/** `npm run bench:editor`: what the extension costs the editor, in a real one. */
async function main(): Promise<void> {
  console.log(`Node ${process.version}, the editor's extension host on its own`);
  await runSuites(['speed'], { vscodeExecutablePath: SERVER_EDITOR, filmBytes: 1 << 30 });
  for (let run = 0; run < 3; run++) console.log(`activation: ${await activation()}`);
}

/** As the editor itself measures it: loading the code, and calling `activate`. */
async function activation(): Promise<string> {
  const desk = await Desk.open('bench');
  try {
    await desk.window.openView('Shoal');
    await desk.window.page.locator('.monaco-link', { hasText: 'Host one on this computer' }).waitFor();
    await desk.window.runCommand('Developer: Show Running Extensions');
    const row = desk.window.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Shoal' });
    return (await row.locator('.activation-time').innerText()).trim();
  } finally {
    await desk.close();
  }
}

await main();
