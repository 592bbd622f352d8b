import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.js';
import { Desk } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

const HOUR_MS = 3_600_000;
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Somebody who begins by sharing a file, before there is a tracker, an account or a group; then hosts for others. */
describe('a person who shares first', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;

  before(async () => {
    desk = await Desk.open('first');
    window = desk.window;
    writeFileSync(join(desk.workspace, 'notes.md'), '# Notes\n');
    writeFileSync(join(desk.workspace, 'dot.png'), Buffer.from(PIXEL, 'base64'));
    const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: ['1 + 1'] };
    const notebook = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    writeFileSync(join(desk.workspace, 'analysis.ipynb'), JSON.stringify(notebook));
    await window.reload(); // it may not have watched the folder yet
  });
  after(async () => {
    await desk?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-first-share');
  });

  const openFile = async (name: string) => {
    await window.openView('Explorer');
    await window.explorerItem(name).click(); // the keyboard stays with the explorer: a preview takes keys while it loads
    await window.page.locator('.tab.active', { hasText: name }).waitFor();
  };
  const offeredFile = () => window.quickInput.value();

  it('is offered the file that is open: a text, a notebook, an image in its preview', async () => {
    for (const [name, shown] of [
      ['notes.md', '.monaco-editor .view-line'],
      ['analysis.ipynb', '.notebookOverlay .cell-focus-indicator'],
      ['dot.png', 'iframe.webview.ready'],
    ] as const) {
      await openFile(name);
      await window.page.locator(shown).filter({ visible: true }).first().waitFor();
      await window.runCommand('Shoal: Share in Group…');
      await window.quickInput.expect('Share in Group');
      await window.quickInput.row(name).waitFor();
      assert.equal(await offeredFile(), join(desk.workspace, name));
      if (name === 'analysis.ipynb') await desk.screenshot('60-notebook');
      await window.quickInput.cancel();
    }
  });

  it('is led to a tracker, to an account and to a group, and told why at each', async () => {
    await openFile('notes.md');
    await window.runCommand('Shoal: Share in Group…');
    await window.quickInput.choosePath(join(desk.workspace, 'notes.md'));
    await window.quickInput.expect('There Is No Tracker Yet');
    await desk.screenshot('61-no-tracker');
    await window.quickInput.pick('Host a Tracker on This Computer');
    await window.quickInput.expect('You Are Not Signed In');
    await window.notification(/A tracker runs on this computer at .* while a window of VS Code is open/);
    await desk.screenshot('62-not-signed-in');
    await window.quickInput.pick('Create Account…');
    await window.quickInput.expect('Your user name');
    await window.quickInput.type('ann');
    await window.quickInput.accept();
    await window.quickInput.expect('Choose a password');
    await window.quickInput.typeTwice('secret-of-ann');
    const text = 'You are not in a group yet: create one, or ask to join one.';
    await window.notification(text);
    await desk.screenshot('63-no-group');
    await window.clickNotificationButton(text, 'Create Group…');
    await window.quickInput.expect('Create Group');
    await window.quickInput.type('lab');
    await window.quickInput.accept();
    await window.treeItem(/^Group lab, owner/).waitFor();
  });

  it('hears at the first share for how long others reach it, and only then', async () => {
    const word = /The tracker of lab runs on this computer\. Half a minute after the last window of VS Code closes/;
    await window.clearNotifications();
    await share('notes.md');
    await window.notification('notes.md is shared in lab.');
    await window.notification(word);
    await desk.screenshot('64-first-share');
    await window.clearNotifications();
    await share('dot.png');
    await window.notification('dot.png is shared in lab.');
    assert.equal(await window.page.locator('.notification-list-item', { hasText: word }).count(), 0);
  });

  it('signs in on the way, where somebody was before', async () => {
    await window.runCommand('Shoal: Sign Out');
    await window.clickModal('Sign Out');
    await window.page.locator('.activitybar').getByRole('tab', { name: 'Shoal' }).click();
    await window.page.locator('.monaco-button', { hasText: 'Sign In…' }).waitFor();
    await window.openView('Explorer');
    await window.contextMenu(window.explorerItem('analysis.ipynb'), 'Share in Group…');
    await window.quickInput.expect('Your user name');
    await desk.screenshot('65-sign-in');
    await window.quickInput.accept();
    await window.quickInput.expect('Your password');
    await window.quickInput.type('secret-of-ann');
    await window.quickInput.accept();
    await window.modal(/Share analysis\.ipynb, .* in lab\?/);
    await window.clickModal('Share');
    await window.notification('analysis.ipynb is shared in lab.');
  });

  it('is told once that the tracker was away with the last window, and has it stay', async () => {
    const address = readTracker();
    const bob = await desk.peer('bob', address);
    const accepted = new Promise((resolve) => bob.once('membershipChanged', resolve));
    await bob.joinGroup('lab');
    await window.openView('Shoal');
    await window.inlineAction(window.treeItem(/^bob asks to join lab/), 'Accept Request');
    await accepted;
    await desk.closeEditor();
    await desk.daemonEnded('tracker');
    const leftAt = join(desk.storage, 'tracker/left-at');
    assert.ok(existsSync(leftAt));
    writeFileSync(leftAt, `${Date.now() - HOUR_MS}\n`);
    await desk.reopenEditor();
    const word = /Nobody could reach your groups from .* until now: their tracker runs on this computer/;
    await window.notification(word);
    await desk.screenshot('66-was-away');
    await window.clickNotificationButton(word, 'Keep Running');
    await until(() => settings()['shoal.host.keepRunning'] === true);
  });

  async function share(name: string): Promise<void> {
    await window.openView('Explorer');
    await window.contextMenu(window.explorerItem(name), 'Share in Group…');
    await window.clickModal('Share');
  }

  /** Of this machine: those that the editor keeps for the extension. */
  function settings(): Record<string, unknown> {
    const path = join(desk.folder, 'editor/data/Machine/settings.json');
    const text = readFileSync(path, 'utf8');
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>); // the editor empties the file before it writes it
  }

  function readTracker(): string {
    const url = settings()['shoal.tracker'];
    assert.ok(typeof url === 'string');
    return url;
  }
});
