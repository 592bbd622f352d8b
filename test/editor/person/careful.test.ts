import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { ShoalClient } from '../../../sdk/index.js';
import { startTracker, type Tracker } from '../../../tracker/index.js';
import { MADE_TOKEN } from '../../support/made-token.js';
import { letIn, settleIn } from '../support/settle-in.js';
import { SlowLine } from '../support/slow-line.js';
import { Desk, randomFile } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

const MIB = 1 << 20;

/** What stands between a click and what cannot be taken back, in a real editor with the packed extension. */
describe('a person who is about to share too much', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let tracker: Tracker;
  let bob: ShoalClient;
  let line: SlowLine;

  /** Its name has the key in it that does the same. */
  const giveUp = async (row: Locator) => {
    await row.hover();
    await row.getByRole('button', { name: /^Cancel Download/ }).click();
  };
  const shared = async () => (await bob.listFiles('lab')).map(({ fileName }) => fileName);

  before(async () => {
    desk = await Desk.open('careful');
    window = desk.window;
    tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });
    const files = {
      '.env': 'PASSWORD=1',
      'notes.md': '# Notes\n',
      'src/app.ts': 'app',
      'src/token.ts': `'${MADE_TOKEN}'`,
    };
    for (const folder of ['src', 'node_modules']) mkdirSync(join(desk.workspace, folder));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(desk.workspace, name), text);
    for (let index = 0; index < 120; index++) writeFileSync(join(desk.workspace, 'node_modules', `${index}.js`), '');
    line = await SlowLine.open(MIB / 4);
    bob = await desk.peer('bob', tracker.url, { advertise: line.endpoint });
    line.leadTo(bob.listenAddress?.port ?? 0);
    await settleIn(window, tracker);
    await letIn(window, bob);
  });
  after(async () => {
    await line?.close();
    await desk?.close();
    await tracker?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-careful');
  });

  it('sees what a click on the empty area would share, and shares a part of it', async () => {
    await window.openView('Explorer');
    await window.explorerItem('notes.md').waitFor();
    const empty = window.page.locator('.explorer-folders-view');
    await empty.click({ button: 'right', position: { x: 120, y: 420 } });
    await window.page.locator('.monaco-menu').getByRole('menuitem', { name: 'Share in Group…' }).click({ delay: 200 });
    const dialog = await window.modal('Share the folder workspace in lab: 122 files');
    await desk.screenshot('50-whole-workspace');
    for (const part of ['whole folder of the workspace', 'node_modules: 120 files', '• .env', '• src/token.ts'])
      assert.ok((await dialog.innerText()).includes(part), part);
    assert.deepEqual(await shared(), [], 'nothing is shared before the answer');
    await window.clickModal('Choose…');
    await window.quickInput.expect('Share in lab: 122 files, 11 bytes');
    await window.quickInput.pick('node_modules');
    await window.quickInput.expect('Share in lab: 2 files, 11 bytes');
    await desk.screenshot('51-choose');
    await window.quickInput.accept();
    await window.notification('workspace is shared in lab: 2 files.');
    assert.deepEqual(await shared(), ['workspace/notes.md', 'workspace/src/app.ts']);
    await window.clearNotifications();
  });

  it('is told of a file of secrets, and turns away', async () => {
    await window.contextMenu(window.explorerItem('.env'), 'Share in Group…');
    await window.modal('.env looks like a file with secrets. Share it in lab anyway?');
    await desk.screenshot('52-secret');
    await window.clickModal('Cancel');
    assert.equal((await shared()).length, 2);
  });

  it('saves what only an editor has, before it is shared', async () => {
    await window.explorerItem('notes.md').dblclick();
    await window.page.locator('.monaco-editor .view-line').first().click();
    await window.page.keyboard.insertText('New: ');
    await window.page.locator('.tab.dirty', { hasText: 'notes.md' }).waitFor();
    await window.contextMenu(window.explorerItem('notes.md'), 'Share in Group…');
    await window.modal('notes.md has unsaved changes.');
    await desk.screenshot('53-unsaved');
    await window.clickModal('Save and Share');
    await window.modal('Share notes.md, 13 bytes, in lab?');
    await window.clickModal('Share');
    await window.notification('notes.md is shared in lab.');
    assert.match(readFileSync(join(desk.workspace, 'notes.md'), 'utf8'), /New: /);
  });

  it('is asked before what has come of a download is removed', async () => {
    const path = join(desk.folder, 'film.bin');
    randomFile(path, 8 * MIB);
    await bob.shareFile(path, 'lab');
    await window.openView('Shoal');
    const file = window.treeItem(/^File film\.bin/);
    await file.waitFor();
    await window.inlineAction(file, 'Download');
    await window.treeItem(/^Download of film\.bin from lab, [1-9]\d* % ·/).waitFor();
    await window.runCommand('Shoal: Pause Download');
    const row = window.treeItem(/^Download of film\.bin from lab, \d+ % · paused/);
    await giveUp(row);
    await window.modal('Cancel the download of film.bin?');
    await desk.screenshot('54-cancel');
    await window.clickModal('Cancel');
    await row.waitFor();
    await giveUp(row);
    await window.clickModal('Remove Download');
    await window.treeItem(/^Download of film\.bin/).waitFor({ state: 'detached' });
  });
});
