import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startTracker } from '../../tracker/index.js';
import { SlowLine } from './support/slow-line.js';
import { Desk, randomFile } from './support/stage.js';

/** Takes the pictures of the extension's README anew, in a real editor with real peers. */

const MIB = 1 << 20;
const SIZE = 96 * MIB;
const FOLDER = new URL('../../extension/media/readme/', import.meta.url).pathname;

mkdirSync(FOLDER, { recursive: true });
const desk = await Desk.open('pictures');
const { window } = desk;
const { page } = window;
const lines: SlowLine[] = [];
const picture = (name: string) => page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
try {
  for (const name of ['analysis.ipynb', 'measurements.csv', 'draft.md']) desk.file(name, 1_300_000);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1100, height: 640 });
  const tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });

  await window.openView('Shoal');
  await page.locator('.monaco-button', { hasText: 'Connect to a Tracker…' }).click();
  await window.quickInput.type(`${tracker.host}:${tracker.port}`);
  await window.quickInput.accept();
  await page.locator('.monaco-link', { hasText: 'Create an account' }).click();
  await window.quickInput.type('ann');
  await window.quickInput.accept();
  await window.quickInput.expect('Choose a password');
  await window.quickInput.typeTwice('secret-of-ann');
  await page.locator('.pane-body:focus-within', { hasText: 'There is no group yet.' }).waitFor();
  await window.runCommand('Shoal: Create Group…');
  await window.quickInput.expect('Create Group');
  await window.quickInput.type('lab');
  await window.quickInput.accept();
  await window.treeItem(/^Group lab, owner/).waitFor();

  const path = join(desk.folder, 'lecture.mp4');
  randomFile(path, SIZE);
  for (const [index, name] of ['bob', 'cem', 'dee'].entries()) {
    const line = await SlowLine.open((index + 1) * 1.5 * MIB);
    lines.push(line);
    const peer = await desk.peer(name, tracker.url, { advertise: line.endpoint });
    line.leadTo(peer.listenAddress?.port ?? 0);
    const accepted = new Promise((resolve) => peer.once('membershipChanged', resolve));
    await peer.joinGroup('lab');
    const request = window.treeItem(new RegExp(`^${name} asks to join lab`));
    await request.waitFor();
    if (name === 'dee') await picture('request');
    await window.inlineAction(request, 'Accept Request');
    await accepted;
    await peer.shareFile(path, 'lab');
  }

  await window.openView('Explorer');
  await window.explorerItem('measurements.csv').click({ button: 'right' });
  await page.locator('.monaco-menu').getByRole('menuitem', { name: 'Share in Group…' }).hover();
  await picture('share');
  await page.keyboard.press('Escape');
  await window.contextMenu(window.explorerItem('measurements.csv'), 'Share in Group…');
  await window.clickModal('Share');
  await window.notification('measurements.csv is shared in lab.');
  await window.clearNotifications();

  await window.openView('Shoal');
  await window.treeItem(/^File measurements\.csv/).waitFor();
  await window.inlineAction(window.treeItem(/^File lecture\.mp4/), 'Download');
  const transfer = window.treeItem(/^Download of lecture\.mp4 from lab, \d+ % · .*MiB\/s/);
  await window.clickFor(transfer, window.webviewFrame().getByRole('cell', { name: 'dee' }));
  await page.setViewportSize({ width: 1100, height: 900 });
  await window.treeItem(/^Download of lecture\.mp4 from lab, 5\d % · .*MiB\/s/).waitFor();
  await page.mouse.move(5, 5);
  await picture('overview');
  await Promise.all([tracker.close(), ...lines.map((line) => line.close())]);
} catch (error) {
  await picture('../../../test/editor/screenshots/failed-pictures');
  throw error;
} finally {
  await desk.close();
}
