import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { ShoalClient } from '../../../sdk/index.js';
import { startTracker, type Tracker } from '../../../tracker/index.js';
import { pngOf } from '../support/images.js';
import { letIn, settleIn } from '../support/settle-in.js';
import { Desk } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

/** A person hears of what others publish, and looks at versions; each step builds on those before. */
describe('a person with files that change', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let tracker: Tracker;
  let bob: ShoalClient;
  let report: string;
  let logo: string;
  let analysis: string;

  before(async () => {
    desk = await Desk.open('history');
    window = desk.window;
    tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });
    await settleIn(window, tracker);
    bob = await desk.peer('bob', tracker.url);
    await letIn(window, bob);
    [report, logo] = ['report.csv', 'logo.png'].map((name) => join(desk.folder, name)) as [string, string];
    analysis = join(desk.folder, 'analysis.ipynb');
    writeFileSync(report, 'month,sales\nMay,10\n');
    writeFileSync(logo, pngOf([220, 40, 40]));
  });
  after(async () => {
    await desk?.close();
    await tracker?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-history');
  });

  const badge = (text: string): Locator => window.page.locator('.activitybar .badge-content', { hasText: text });
  const tab = (label: string): Locator => window.page.locator('.tab', { hasText: label });

  it('sees at the activity bar how many files are new, and finds them until looking away', async () => {
    await window.treeItem(/^Group lab, owner/).click(); // closes it
    await window.openView('Explorer');
    await bob.shareFile(report, 'lab');
    await bob.shareFile(logo, 'lab');
    await badge('2').waitFor();
    await desk.screenshot('history-0-badge');
    await window.openView('Shoal');
    const group = window.treeItem(/^Group lab, 2 new/);
    await group.waitFor();
    await desk.screenshot('history-1-group');
    await group.click();
    await window.treeItem(/^File report\.csv, new · bob · now · /).waitFor();
    await badge('2').waitFor({ state: 'detached' });
    await window.treeItem(/^Group lab, owner/).waitFor();
    await desk.screenshot('history-2-new');
    await window.openView('Explorer');
    await window.openView('Shoal');
    await window.treeItem(/^File report\.csv, \d+ bytes/).waitFor();
    await window.treeItem(/^File logo\.png, \d+ bytes/).waitFor();
  });

  it('sees version, author and age of what changed, and that it is behind', async () => {
    for (const name of ['report.csv', 'logo.png']) {
      await window.inlineAction(window.treeItem(new RegExp(`^File ${name}`)), 'Download');
      await window.treeItem(new RegExp(`^File ${name}, downloaded`)).waitFor();
    }
    await window.clearNotifications();
    writeFileSync(report, 'month,sales\nMay,12\nJune,20\n');
    await bob.shareFile(report, 'lab', { note: 'corrected May, added June' });
    writeFileSync(logo, pngOf([40, 90, 220]));
    await bob.shareFile(logo, 'lab');
    const row = window.treeItem(/^File report\.csv, new · v2 · bob · now · downloaded · newer version in the group/);
    await row.waitFor();
    await window.treeItem(/^File logo\.png, new · v2 · bob · now/).waitFor();
    await row.hover();
    await window.page.locator('.monaco-hover', { hasText: '1 member has it, 1 online' }).waitFor();
    await desk.screenshot('history-3-rows');
  });

  it('compares two versions from the history', async () => {
    await window.contextMenu(window.treeItem(/^File report\.csv/), 'History…');
    await window.quickInput.expect('History of report.csv (1/2)');
    await window.quickInput.row('Version 1').waitFor();
    await desk.screenshot('history-4-list');
    await window.quickInput.pick('Version 2');
    await window.quickInput.expect('Version 2 of report.csv (2/2)');
    await desk.screenshot('history-5-actions');
    await window.quickInput.pick('Compare with the One Before');
    await tab('report.csv (version 1 ↔ version 2)').waitFor();
    await window.page.locator('.modified .view-line', { hasText: 'June,20' }).waitFor();
    await window.page.locator('.original .view-line', { hasText: 'May,10' }).waitFor();
    await desk.screenshot('history-6-comparison');
  });

  it('compares the copy here with the newest version', async () => {
    await window.contextMenu(window.treeItem(/^File report\.csv/), 'Compare with Shared Version');
    await tab('report.csv (version 2 ↔ mine)').waitFor();
    await window.page.locator('.original .view-line', { hasText: 'June,20' }).waitFor();
    await window.page.locator('.modified .view-line', { hasText: 'May,10' }).waitFor();
    await desk.screenshot('history-7-mine');
  });

  it('compares two images, also after a reload', async () => {
    await window.contextMenu(window.treeItem(/^File logo\.png/), 'History…');
    await window.quickInput.pick('Version 2');
    await window.quickInput.pick('Compare with the One Before');
    const images = async () => {
      for (const nth of [0, 1]) await window.webviewFrame(nth).locator('body.ready img').waitFor();
    };
    await images();
    await desk.screenshot('history-8-images');
    await window.reloadInOrder();
    await tab('logo.png ↔ logo.png').waitFor();
    await images();
    await desk.screenshot('history-9-reloaded');
  });

  it('compares a notebook with the newest version', async () => {
    writeFileSync(analysis, notebook('a = 1'));
    await bob.shareFile(analysis, 'lab');
    await window.openView('Shoal');
    const row = window.treeItem(/^File analysis\.ipynb/);
    await window.inlineAction(row, 'Download');
    await window.treeItem(/^File analysis\.ipynb, .*downloaded/).waitFor();
    writeFileSync(analysis, notebook('a = 2'));
    await bob.shareFile(analysis, 'lab');
    await window.treeItem(/^File analysis\.ipynb, .*newer version in the group/).waitFor();
    await window.contextMenu(row, 'Compare with Shared Version');
    await tab('analysis.ipynb (version 2 ↔ mine)').waitFor();
    await window.page.locator('.notebook-text-diff-editor .view-line', { hasText: 'a = 2' }).waitFor();
    await window.page.locator('.notebook-text-diff-editor .view-line', { hasText: 'a = 1' }).waitFor();
    await desk.screenshot('history-9-notebook');
  });

  it('makes an old version the newest, which needs no download', async () => {
    await window.openView('Shoal');
    await window.contextMenu(window.treeItem(/^File report\.csv/), 'History…');
    await window.quickInput.pick('Version 1');
    await window.quickInput.pick('Make Newest');
    await window.notification('report.csv in lab is version 1 again, as version 3.');
    const [newest] = await bob.listVersions('lab', 'report.csv');
    assert.deepEqual([newest?.version, newest?.publishedBy, newest?.sizeBytes], [3, 'ann', 19]);
    await window.treeItem(/^File report\.csv, v3 · me · now/).waitFor();
    await window.clearNotifications();
  });

  it('downloads an old version beside the file', async () => {
    await window.contextMenu(window.treeItem(/^File report\.csv/), 'History…');
    await window.quickInput.pick('Version 2');
    await window.quickInput.pick('Download');
    await window.notification('report.csv from lab is complete.');
    const contentOf = (name: string) => readFileSync(join(desk.downloads, name), 'utf8');
    assert.equal(contentOf('report (version 2).csv'), 'month,sales\nMay,12\nJune,20\n');
    assert.equal(contentOf('report.csv'), 'month,sales\nMay,10\n');
  });

  it('removes a file from the group, after a question', async () => {
    const row = window.treeItem(/^File logo\.png/);
    await window.contextMenu(row, 'Remove from Group…');
    await window.modal('Remove logo.png from lab?');
    await desk.screenshot('history-10-remove');
    await window.clickModal('Remove');
    await row.waitFor({ state: 'detached' });
    const names = (await bob.listFiles('lab')).map(({ fileName }) => fileName);
    assert.deepEqual(names, ['analysis.ipynb', 'report.csv']);
  });
});

/** A Jupyter notebook of one cell of code. */
function notebook(source: string): string {
  const cell = { cell_type: 'code', execution_count: null, id: 'a1', metadata: {}, outputs: [], source: [source] };
  const metadata = { language_info: { name: 'python' } };
  return JSON.stringify({ cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 });
}
