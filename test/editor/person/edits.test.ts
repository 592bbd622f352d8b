import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShoalClient } from '../../../sdk/index.js';
import { startTracker, type Tracker } from '../../../tracker/index.js';
import { nextEvent } from '../../sdk/client/support.js';
import { until } from '../../support/until.js';
import { letIn, settleIn } from '../support/settle-in.js';
import { Desk } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

/** What becomes of shared files that are edited, in a real editor with the packed extension. */
describe('a person who edits shared files', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let tracker: Tracker;
  let bob: ShoalClient;

  const inWorkspace = (name: string) => join(desk.workspace, name);
  const contentOf = (name: string) => readFileSync(inWorkspace(name), 'utf8');
  const newest = async (name: string) => (await bob.listVersions('lab', name))[0];
  const edited = () => window.statusBarItem('Edited since shared');

  /** The mouse goes on, as the item's tooltip would cover what comes next. */
  const clickEdited = async () => {
    await edited().click();
    await window.page.mouse.move(600, 300);
  };

  /** Types at the start of a file, and saves it. */
  const typeInto = async (name: string, text: string) => {
    await window.openView('Explorer');
    await window.explorerItem(name).dblclick();
    await window.page.locator('.tab.active', { hasText: name }).waitFor();
    await window.page.locator('.editor-instance .view-line').first().click();
    await window.page.keyboard.press('Control+Home');
    await window.page.keyboard.insertText(text);
    await window.page.locator('.tab.dirty', { hasText: name }).waitFor();
    await window.page.keyboard.press('Control+s');
    await window.page.locator('.tab.dirty', { hasText: name }).waitFor({ state: 'hidden' });
  };
  const share = async (name: string) => {
    await window.openView('Explorer');
    await window.contextMenu(window.explorerItem(name), 'Share in Group…');
    await window.clickModal('Share');
    await window.notification(`${name} is shared in lab.`);
    await window.clearNotifications();
  };

  before(async () => {
    desk = await Desk.open('edits');
    window = desk.window;
    tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });
    for (const name of ['notes.md', 'plan.md']) writeFileSync(inWorkspace(name), `# ${name}\n\nfirst\n`);
    bob = await desk.peer('bob', tracker.url);
    await settleIn(window, tracker);
    await letIn(window, bob);
    await share('notes.md');
    await share('plan.md');
  });
  after(async () => {
    await desk?.close();
    await tracker?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-edits');
  });

  it('is asked once about a saved file, and publishes it', async () => {
    await typeInto('notes.md', 'Edited.\n');
    await window.notification('notes.md was edited since it was shared in lab.');
    await edited().waitFor();
    await desk.screenshot('70-saved');
    await window.clickNotificationButton('notes.md was edited', 'Publish');
    await window.statusBarItem('notes.md is published in lab as version 2.').waitFor();
    await edited().waitFor({ state: 'hidden' });
    await desk.screenshot('71-published');
    assert.equal((await newest('notes.md'))?.sizeBytes, Buffer.byteLength(contentOf('notes.md')));
    await typeInto('notes.md', 'Once more. ');
    await edited().waitFor();
    await clickEdited();
    await window.statusBarItem('notes.md is published in lab as version 3.').waitFor();
    assert.equal(await window.page.locator('.notification-list-item').count(), 0, 'the question comes once');
  });

  it('has a file published at every save from then on', async () => {
    await typeInto('plan.md', 'Edited.\n');
    await window.clickNotificationButton('plan.md was edited', 'Always for This File');
    await window.statusBarItem('plan.md is published in lab as version 2.').waitFor();
    await typeInto('plan.md', 'Again. ');
    await window.statusBarItem('plan.md is published in lab as version 3.').waitFor();
    assert.equal((await newest('plan.md'))?.version, 3);
  });

  it('has it published when the tracker is back, if that was away', async () => {
    const { port } = tracker;
    await tracker.close();
    await window.page.locator('.statusbar-item .codicon-debug-disconnect').waitFor();
    await typeInto('plan.md', 'Offline. ');
    await edited().waitFor();
    await desk.screenshot('71-away');
    tracker = await startTracker({ listen: `127.0.0.1:${port}`, dataDir: join(desk.folder, 'tracker') });
    await window.statusBarItem('plan.md is published in lab as version 4.').waitFor();
    await edited().waitFor({ state: 'hidden' });
  });

  it('sees the newer version of somebody else beside an edited file, and takes it', async () => {
    await letAllPublish();
    await bobPublishes('notes.md', '# notes.md\n\nby bob\n', 3);
    await typeInto('notes.md', 'Mine. ');
    const mine = contentOf('notes.md');
    await edited().waitFor();
    await clickEdited();
    await window.notification('bob published version 4 of notes.md in lab, and you have edited it too.');
    await window.page.locator('.tab.active', { hasText: 'notes.md: version 4 by bob ↔ yours' }).waitFor();
    await window.page.locator('.modified-in-monaco-diff-editor .view-line', { hasText: 'Mine.' }).first().waitFor();
    await desk.screenshot('72-both-sides');
    await window.clickNotificationButton('bob published version 4', 'Take Theirs');
    await window.notification('notes.md is version 4 from lab now. Yours is kept.');
    assert.match(contentOf('notes.md'), /by bob/);
    await edited().waitFor({ state: 'hidden' });
    await desk.screenshot('73-theirs');
    await window.clickNotificationButton('Yours is kept.', 'Undo');
    await window.statusBarItem('notes.md is yours again.').waitFor();
    assert.equal(contentOf('notes.md'), mine);
  });

  it('publishes an edited file anyway, after having seen the newer version', async () => {
    await bobPublishes('notes.md', '# notes.md\n\nby bob again\n', 4);
    await window.openView('Explorer');
    await window.explorerItem('notes.md').dblclick();
    await edited().waitFor();
    await clickEdited();
    await window.page.locator('.tab.active', { hasText: 'notes.md: version 5 by bob ↔ yours' }).waitFor();
    await window.clearNotifications();
    const actions = window.page.locator('.editor-actions');
    await actions.getByRole('button', { name: 'Publish Mine Anyway' }).click();
    await window.statusBarItem('notes.md is published in lab as version 6.').waitFor();
    assert.equal((await newest('notes.md'))?.publishedBy, 'ann');
  });

  it('keeps a share by renaming its file', async () => {
    await window.openView('Explorer');
    await window.explorerItem('plan.md').click();
    await window.page.keyboard.press('F2');
    const input = window.page.locator('.explorer-item-edited input');
    await input.waitFor();
    await input.fill('schedule.md');
    await window.page.keyboard.press('Enter');
    await window.explorerItem('schedule.md').waitFor();
    assert.ok(!existsSync(inWorkspace('plan.md')));
    await typeInto('schedule.md', 'Renamed. ');
    await window.statusBarItem('plan.md is published in lab as version 5.').waitFor();
    await desk.screenshot('74-renamed');
    assert.equal((await newest('plan.md'))?.version, 5);
  });

  /** The owner says so at another device. */
  async function letAllPublish(): Promise<void> {
    const changed = nextEvent(bob, 'groupChanged');
    const laptop = new ShoalClient({
      tracker: tracker.url,
      dataDir: join(desk.folder, 'laptop'),
      listen: '127.0.0.1:0',
    });
    await laptop.connect();
    await laptop.login('ann', 'secret-of-ann');
    await laptop.changeGroup('lab', { publishers: 'members' });
    await changed;
    await laptop.logout();
    await laptop.close();
  }

  async function bobPublishes(name: string, text: string, base: number): Promise<void> {
    const path = join(desk.folder, `bobs-${name}`);
    writeFileSync(path, text);
    await bob.shareFile(path, 'lab', { fileName: name, base });
    await until(async () => (await newest(name))?.publishedBy === 'bob');
  }
});
