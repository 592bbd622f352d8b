import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { startTracker, type Tracker } from '../../../tracker/index.js';
import { letIn, settleIn } from '../support/settle-in.js';
import { SlowLine } from '../support/slow-line.js';
import { Desk, filesUnder, randomFile, sha1Of } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

const MIB = 1 << 20;

/** Folders in a real editor with the packed extension: shared, looked at, fetched; each step builds on those before. */
describe('a person with folders', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let tracker: Tracker;
  let bob: ShoalClient;
  let line: SlowLine;

  before(async () => {
    desk = await Desk.open('folders');
    window = desk.window;
    tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });
    const project = join(desk.workspace, 'project');
    mkdirSync(join(project, 'figures'), { recursive: true });
    for (let index = 0; index < 30; index++) writeFileSync(join(project, 'figures', `${index}.svg`), `<svg>${index}`);
    writeFileSync(join(project, 'paper.tex'), 'x'.repeat(5000));
    symlinkSync('/', join(project, 'root'));
    desk.file('notes.txt', 3000);
    await settleIn(window, tracker);
    line = await SlowLine.open(Number.POSITIVE_INFINITY);
    bob = await desk.peer('bob', tracker.url, { advertise: line.endpoint });
    line.leadTo(bob.listenAddress?.port ?? 0);
    await letIn(window, bob);
  });
  after(async () => {
    await line?.close();
    await desk?.close();
    await tracker?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-folders');
  });

  it('shares one with the words for files, together with a file, keeps it up to date, and hears what is left out', async () => {
    await window.openView('Explorer');
    await window.explorerItem('project').click();
    await window.explorerItem('notes.txt').click({ modifiers: ['ControlOrMeta'] });
    await window.contextMenu(window.explorerItem('notes.txt'), 'Share in Group…');
    await window.modal('Share 32 files, ');
    await desk.screenshot('folders-0-question');
    await window.clickModal('Share and Keep Up to Date');
    await window.notification('32 files are shared in lab.');
    await window.notification('Not shared: root');
    await desk.screenshot('folders-1-shared');
    const names = (await bob.listFiles('lab')).map(({ fileName }) => fileName);
    assert.equal(names.length, 32);
    assert.ok(names.includes('project/figures/29.svg') && names.includes('notes.txt'));
    await window.clearNotifications();
  });

  it('sees that it is kept up to date, and turns that off and on', async () => {
    await window.openView('Shoal');
    const more = join(desk.workspace, 'project', 'more.tex');
    writeFileSync(more, 'more');
    const watched = window.treeItem(/^Folder project, kept up to date · 32 files/);
    await watched.waitFor();
    await watched.hover();
    await window.page.locator('.monaco-hover', { hasText: 'later changes in it are shared too' }).waitFor();
    await desk.screenshot('folders-2-watched');
    await window.contextMenu(watched, 'Stop Keeping Folder Up to Date');
    await window.treeItem(/^Folder project, on this computer · 32 files/).waitFor();
    await window.runCommand('Shoal: Keep Folder Up to Date');
    await window.quickInput.expect('Folders to Keep Up to Date');
    await window.quickInput.pick('project');
    await desk.screenshot('folders-2-list');
    await window.quickInput.accept();
    await watched.waitFor();
    rmSync(more);
    await window.treeItem(/^Folder project, kept up to date · 31 files/).waitFor();
  });

  it('sees paths as folders with figures, and opens them', async () => {
    const folder = window.treeItem(/^Folder project, kept up to date · 31 files/);
    await folder.click();
    const inner = window.treeItem(/^Folder figures, on this computer · 30 files/);
    await inner.click();
    await window.treeItem(/^File 7\.svg, shared by me/).waitFor();
    await desk.screenshot('folders-2-tree');
    await inner.click();
    await folder.click();
    await window.page.keyboard.press('Delete');
    await window.modal('Stop sharing the folder project in lab: 31 files?');
    await window.clickModal('Stop Sharing');
    await window.treeItem(/^Folder project/).waitFor({ state: 'detached' });
    assert.deepEqual(
      (await bob.listFiles('lab')).map(({ fileName }) => fileName),
      ['notes.txt'],
    );
  });

  it('fetches one in one row, over a reload, and hears what could not be had', async () => {
    const source = join(desk.folder, 'lecture');
    mkdirSync(join(source, 'slides'), { recursive: true });
    for (let index = 0; index < 40; index++) writeFileSync(join(source, 'slides', `${index}.txt`), `slide ${index}`);
    const film = randomFile(join(source, 'film.bin'), 24 * MIB);
    mkdirSync(join(desk.downloads, 'lecture/slides'), { recursive: true });
    writeFileSync(join(desk.downloads, 'lecture/slides/7.txt'), 'another');
    line.bytesPerSecond = 2 * MIB;
    await bob.shareFolder(source, 'lab');
    const folder = window.treeItem(/^Folder lecture, .*41 files/);
    await folder.waitFor();
    await window.inlineAction(folder, 'Download Folder');
    const row = window.treeItem(/^Download of folder lecture from lab, \d+ % · \d+ of 41 files · .*iB\/s/);
    await row.waitFor();
    line.bytesPerSecond = MIB / 8; // a reload may take its time
    await desk.screenshot('folders-3-download');
    assert.equal(await window.treeItem(/^Download of (?!folder)/).count(), 0, 'its large files have no rows');
    await window.reload();
    await window.openView('Shoal');
    await row.waitFor();
    await window.inlineAction(row, 'Pause Download');
    await window.treeItem(/^Download of folder lecture from lab, \d+ % · \d+ of 41 files · paused/).waitFor();
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    const paused = window.treeItem(/^Download of folder lecture from lab, .* paused/);
    await window.inlineAction(paused, 'Resume Download');
    const failed = window.treeItem(/^Download of folder lecture from lab, failed: 1 of 41 files missing/);
    await failed.waitFor();
    await window.contextMenu(failed, 'Show Missing Files');
    await window.page.getByText('lecture/slides/7.txt: DESTINATION_EXISTS').first().waitFor();
    await desk.screenshot('folders-4-missing');
    assert.equal(sha1Of(join(desk.downloads, 'lecture/film.bin')), film);
    rmSync(join(desk.downloads, 'lecture/slides/7.txt'));
    await window.inlineAction(failed, 'Retry Download');
    await window.treeItem(/^Download of folder lecture from lab, 41 files · 24 MiB · complete/).waitFor();
    assert.equal(readFileSync(join(desk.downloads, 'lecture/slides/7.txt'), 'utf8'), 'slide 7');
    assert.equal(filesUnder(join(desk.downloads, 'lecture')).length, 41);
    await desk.screenshot('folders-5-complete');
  });

  it('limits one download, and has it come before others, from its menu', async () => {
    const path = join(desk.folder, 'album.bin');
    randomFile(path, 24 * MIB);
    line.bytesPerSecond = 2 * MIB;
    await bob.shareFile(path, 'lab');
    const file = window.treeItem(/^File album\.bin, new · bob/);
    await file.waitFor();
    await window.inlineAction(file, 'Download');
    const row = window.treeItem(/^Download of album\.bin from lab, \d+ % · .*iB\/s/);
    await row.waitFor();
    line.bytesPerSecond = MIB / 8; // until it was looked at in all its states
    await window.contextMenu(row, 'Limit Speed of Download…');
    await window.quickInput.expect('Limit the Speed of album.bin');
    await window.quickInput.type('many');
    await window.page.locator('.quick-input-message', { hasText: 'Enter a whole number, or 0.' }).waitFor();
    await window.quickInput.type('500');
    await window.quickInput.accept();
    const limited = window.treeItem(/^Download of album\.bin from lab, .* · limited to 500 KiB\/s/);
    await limited.waitFor();
    await window.contextMenu(limited, 'Set Priority of Download…');
    await window.quickInput.expect('Priority');
    await desk.screenshot('folders-6-priority');
    await window.quickInput.pick('High');
    await window.contextMenu(limited, 'Limit Speed of Download…');
    await window.quickInput.type('0');
    await window.quickInput.accept();
    await limited.waitFor({ state: 'detached' });
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    await window.treeItem(/^Download of album\.bin from lab, 24 MiB · complete/).waitFor();
  });

  it('fetches a part of one', async () => {
    const source = join(desk.folder, 'course');
    for (const part of ['exams', 'scripts']) {
      mkdirSync(join(source, part), { recursive: true });
      for (const name of ['1.md', '2.md']) writeFileSync(join(source, part, name), `${part} ${name}`);
    }
    writeFileSync(join(source, 'plan.md'), 'the plan');
    await bob.shareFolder(source, 'lab');
    await window.contextMenu(window.treeItem(/^Folder course, 5 files/), 'Download Part of Folder…');
    await window.quickInput.expect('Download Part of course: 5 files, 52 bytes');
    await window.quickInput.pick('exams');
    await window.quickInput.expect('Download Part of course: 3 files, 32 bytes');
    await desk.screenshot('folders-6-part');
    await window.quickInput.accept();
    await window.treeItem(/^Download of folder course from lab, 3 files · .* · complete/).waitFor();
    const names = filesUnder(join(desk.downloads, 'course')).map((path) => relative(desk.downloads, path));
    assert.deepEqual(names.sort(), ['course/plan.md', 'course/scripts/1.md', 'course/scripts/2.md']);
    await desk.screenshot('folders-6-part-done');
  });

  it('opens by a click what is here, and is offered what is not', async () => {
    const path = join(desk.folder, 'hello.txt');
    writeFileSync(path, 'hello from bob');
    await bob.shareFile(path, 'lab');
    const file = window.treeItem(/^File hello\.txt, (new · bob · now · )?14 bytes · 1 source online/);
    await window.clickFor(file, window.quickInput.row('Download and Open'));
    await desk.screenshot('folders-7-offer');
    await window.quickInput.pick('Download and Open');
    await window.page.locator('.tab', { hasText: 'hello.txt' }).waitFor();
    await window.treeItem(/^File hello\.txt, downloaded/).waitFor();
    await window.page.keyboard.press('Control+F4');
    await window.clickFor(
      window.treeItem(/^File hello\.txt, downloaded/),
      window.page.locator('.tab', { hasText: 'hello.txt' }),
    );
  });

  it('sees that a copy was deleted, and fetches it again', async () => {
    rmSync(join(desk.downloads, 'hello.txt'));
    const file = window.treeItem(/^File hello\.txt, file is missing · 14 bytes · 1 source online/);
    await window.inlineAction(file, 'Download');
    await window.treeItem(/^File hello\.txt, downloaded/).waitFor();
    assert.equal(readFileSync(join(desk.downloads, 'hello.txt'), 'utf8'), 'hello from bob');
  });

  it('is asked where something stands in the way, also when trying again, and may keep both', async () => {
    await window.clearNotifications();
    const path = join(desk.folder, 'plan.md');
    writeFileSync(path, "bob's plan");
    writeFileSync(join(desk.downloads, 'plan.md'), 'another plan');
    await bob.shareFile(path, 'lab');
    await window.inlineAction(window.treeItem(/^File plan\.md/), 'Download');
    const question = `${desk.downloads} already contains a file plan.md.`;
    await window.notification(question);
    await desk.screenshot('folders-8-there');
    await window.clearNotifications();
    await window.inlineAction(window.treeItem(/^Download of plan\.md from lab, failed/), 'Retry Download');
    await window.clickNotificationButton(question, 'Keep Both');
    await window.treeItem(/^Download of plan\.md from lab, 10 bytes · complete/).waitFor();
    const texts = ['plan.md', 'plan (2).md'].map((name) => readFileSync(join(desk.downloads, name), 'utf8'));
    assert.deepEqual(texts, ['another plan', "bob's plan"]);
  });

  it('acts on all that is selected, and has groups of others folded away', async () => {
    const names = ['m1.txt', 'm2.txt', 'm3.txt'];
    for (const name of names) {
      writeFileSync(join(desk.folder, name), name);
      await bob.shareFile(join(desk.folder, name), 'lab');
    }
    for (const name of ['choir', 'film club']) await bob.createGroup(name);
    await window.runCommand('Shoal: Refresh');
    await window.treeItem(/^Other Groups, 2/).waitFor();
    assert.equal(await window.treeItem(/^Group choir/).count(), 0);
    const row = (name: string) =>
      window.treeItem(new RegExp(`^File ${name.replace('.', '\\.')}, (new · bob · [^·]+ · )?6 bytes`));
    await row('m1.txt').click();
    await window.page.mouse.move(600, 300); // the row's tooltip would cover the next rows
    await row('m3.txt').click({ modifiers: ['Shift'] });
    await window.page.mouse.move(600, 300);
    await window.contextMenu(row('m2.txt'), 'Download');
    for (const name of names) await window.treeItem(new RegExp(`^File ${name}, downloaded`)).waitFor();
    await desk.screenshot('folders-9-selected');
    for (const name of names) assert.equal(readFileSync(join(desk.downloads, name), 'utf8'), name);
    await window.treeItem(/^Other Groups, 2/).click();
    for (const name of ['choir', 'film club'])
      await window.treeItem(new RegExp(`^Group ${name}, owned by bob`)).waitFor();
    await desk.screenshot('folders-10-others');
  });
});
