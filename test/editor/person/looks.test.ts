import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { ShoalClient } from '../../../sdk/index.js';
import { startTracker, type Tracker } from '../../../tracker/index.js';
import { SlowLine } from '../support/slow-line.js';
import { Desk, randomFile } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

const MIB = 1 << 20;

/** What the extension looks like with something in every place; the pictures are for somebody to look at. */
describe('the looks of the extension', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let tracker: Tracker;
  let bob: ShoalClient;
  let line: SlowLine;

  before(async () => {
    desk = await Desk.open('looks', { locale: 'de' });
    window = desk.window;
    tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });
    line = await SlowLine.open(3 * MIB);
  });
  after(async () => {
    await line?.close();
    await desk?.close();
    await tracker?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-looks');
  });

  it('speaks German from the welcome view on', async () => {
    await window.openView('Shoal');
    await window.page.locator('.monaco-button', { hasText: 'Mit Tracker verbinden' }).waitFor();
    await desk.screenshot('30-german-welcome');
  });

  it('has a walkthrough of four steps', async () => {
    await window.runCommand('Welcome: Open Walkthrough...');
    await window.quickInput.type('Shoal');
    await window.quickInput.accept();
    for (const name of ['Ein Tracker', 'Anmelden', 'Teilen', 'Herunterladen']) await step(name, false).waitFor();
    assert.equal(await window.page.locator('.getting-started-step').count(), 4);
    await desk.screenshot('31-walkthrough');
    await window.page.locator('.getting-started-step .monaco-button', { hasText: 'Mit Tracker verbinden' }).click();
    await window.quickInput.type('kein tracker da');
    await window.quickInput.validationMessage();
    await window.quickInput.type(`${tracker.host}:${tracker.port}`);
    await window.quickInput.accept();
    await step('Ein Tracker', true).waitFor();
  });

  it('fills every place', async () => {
    await window.page.locator('.monaco-link').first().click();
    await window.quickInput.type('carla');
    await window.quickInput.accept();
    await window.page.locator('.quick-input-titlebar', { hasText: '2/3' }).waitFor();
    await window.quickInput.typeTwice('secret-of-carla', 'Passwort wiederholen');
    await window.statusBarItem('carla').waitFor();
    await step('Anmelden', true).waitFor();
    bob = await desk.peer('bob', tracker.url, { advertise: line.endpoint });
    line.leadTo(bob.listenAddress?.port ?? 0);
    await bob.createGroup('Film-AG');
    await bob.createGroup('Chor');
    for (const [name, sizeBytes] of [
      ['Nachtaufnahme.mp4', 220 * MIB],
      ['Plakat *fett* <b>.png', 1_300_000],
      ['Notizen.md', 4200],
    ] as const) {
      const path = join(desk.folder, name.replaceAll(/[*<>]/g, ''));
      randomFile(path, sizeBytes);
      await bob.shareFile(path, 'Film-AG', { fileName: name });
    }
    bob.on('joinRequested', ({ groupId, userId }) => void bob.acceptRequest(groupId, userId));
    await window.page.locator('.codicon-refresh').first().click();
    await window.inlineAction(window.treeItem(/Film-AG/), 'Beitritt anfragen');
    const group = window.treeItem(/Film-AG.*2 Mitglieder/);
    await group.click();
    await window.inlineAction(window.treeItem(/Nachtaufnahme/), 'Herunterladen');
    const transfer = window.treeItem(/Download von „?Nachtaufnahme\.mp4.*MiB\/s/);
    await window.clickFor(transfer, window.webviewFrame().getByRole('cell', { name: 'bob' }));
    await desk.screenshot('32-dark');
  });

  it('is drawn in a light and in a high contrast theme', async () => {
    await window.page.emulateMedia({ colorScheme: 'light' });
    await window.page.locator('.monaco-workbench.vs').waitFor();
    await desk.screenshot('33-light');
    await window.page.emulateMedia({ colorScheme: 'dark', forcedColors: 'active' });
    await window.page.locator('.monaco-workbench.hc-black').waitFor();
    await window.page.setViewportSize({ width: 900, height: 900 });
    await desk.screenshot('34-high-contrast');
    await window.page.emulateMedia({ colorScheme: 'dark', forcedColors: 'none' });
    await window.page.setViewportSize({ width: 1280, height: 800 });
  });

  /** A step of the walkthrough, done or not yet. */
  function step(name: string, isDone: boolean): Locator {
    return window.page
      .locator(`.getting-started-step .codicon-getting-started-step-${isDone ? '' : 'un'}checked`)
      .and(window.page.locator(`[aria-label^="${name}"]`));
  }
});
