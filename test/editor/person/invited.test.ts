import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invitationLink } from '../../../extension/model/trackers/invitation.js';
import type { ShoalClient } from '../../../sdk/index.js';
import { startTracker, type Tracker } from '../../../tracker/index.js';
import { createAccount } from '../support/settle-in.js';
import { Desk, SCREENSHOTS } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

/** Someone who was sent a link; and what is done with a mouse, or with a tracker of one's own. */
describe('a person who was invited', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let tracker: Tracker;
  let ann: ShoalClient;

  before(async () => {
    desk = await Desk.open('invited');
    window = desk.window;
    desk.file('slides.pdf', 400_000);
    desk.file('notes.txt', 2000);
    tracker = await startTracker({ listen: '127.0.0.1:0', dataDir: join(desk.folder, 'tracker') });
    ann = await desk.peer('ann', tracker.url);
    await ann.createGroup('c++ + friends');
    ann.on('joinRequested', ({ groupId, userId }) => void ann.acceptRequest(groupId, userId));
  });
  after(async () => {
    await desk?.close();
    await tracker?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-invited');
  });

  it('is asked before a link does anything', async () => {
    await window.openLink(invitationLink('code-oss', tracker.url, 'c++ + friends'));
    const dialog = await window.modal('Ask to join the group c++ + friends at the tracker 127.0.0.1');
    await dialog.getByText(tracker.fingerprint).waitFor();
    await desk.screenshot('40-invitation');
    await window.clickModal('Cancel');
    await window.openView('Shoal');
    await window.page.locator('.monaco-button', { hasText: 'Connect to a Tracker…' }).waitFor();
    assert.equal(existsSync(join(desk.storage, 'agent/endpoint.json')), false, 'nothing was started');
  });

  it('is told when a link is none', async () => {
    await window.openLink('code-oss://shoal.shoal/join?tracker=127.0.0.1:1&evil=1');
    await window.notification('That link is not an invitation to Shoal');
    await window.clearNotifications();
  });

  it('is connected, and asks to join once signed up', async () => {
    await window.openLink(invitationLink('code-oss', tracker.url, 'c++ + friends'));
    await window.clickModal('Ask to Join');
    await createAccount(window, 'guest');
    await window.treeItem(/^Group c\+\+ \+ friends, member · 2 members/).waitFor();
  });

  it('shares files by dragging them onto the group', async () => {
    await window.openView('Explorer');
    const mouse = window.page.mouse;
    await selectBoth('notes.txt', 'slides.pdf');
    await window.explorerItem('slides.pdf').hover();
    await mouse.down();
    // The view opens when the mouse stays above its icon for a while.
    const tab = window.page.locator('.activitybar').getByRole('tab', { name: 'Shoal' });
    await tab.hover({ force: true });
    await tab.hover({ force: true, position: { x: 8, y: 8 } });
    const group = window.treeItem(/^Group c\+\+ \+ friends/);
    await group.waitFor();
    await group.hover({ force: true });
    await group.hover({ force: true, position: { x: 60, y: 10 } });
    await mouse.up();
    await window.modal('Share 2 files, ');
    await window.clickModal('Share');
    await window.notification('2 files are shared in c++ + friends.');
    await window.treeItem(/^File notes\.txt, shared by me/).waitFor();
    await desk.screenshot('41-dropped');
    const names = (await ann.listFiles('c++ + friends')).map(({ fileName }) => fileName).sort();
    assert.deepEqual(names, ['notes.txt', 'slides.pdf']);
  });

  it('takes several files back at once', async () => {
    await window.clearNotifications();
    await window.treeItem(/^File notes\.txt/).click();
    await window.treeItem(/^File slides\.pdf/).click({ modifiers: ['ControlOrMeta'] });
    await window.page.keyboard.press('Delete');
    await window.modal('Stop sharing 2 files?');
    await window.clickModal('Stop Sharing');
    await window.treeItem(/^File slides\.pdf/).waitFor({ state: 'detached' });
    await window.treeItem(/^File notes\.txt/).waitFor({ state: 'detached' });
    assert.deepEqual(await ann.listFiles('c++ + friends'), []);
  });

  it('goes over to a tracker of their own, stops it, and has it again, as another window sees, too', async () => {
    await window.runCommand('Shoal: Host a Tracker on This Computer');
    await window.modal(/You are signed in as guest at .* Switch to 127\.0\.0\.1/);
    await desk.screenshot('42-leave');
    await window.clickModal('Connect');
    await window.notification(/A tracker runs on this computer at 127\.0\.0\.1:\d+/);
    const pid = desk.daemon('tracker');
    assert.ok(pid);
    await window.page.locator('.monaco-link', { hasText: 'Create an account' }).waitFor();
    await window.runCommand('Shoal: Stop the Tracker on This Computer');
    await window.modal('Stop the tracker on this computer?');
    await desk.screenshot('42-stop-hosting');
    await window.clickModal('Stop the Tracker');
    await window.page.locator('.monaco-button', { hasText: 'Try Again' }).waitFor();
    await window.page
      .getByText(/^tracker unreachable since/)
      .first()
      .waitFor();
    await desk.screenshot('43-offline');
    await desk.daemonEnded('tracker');
    const other = await desk.anotherWindow();
    await other.openView('Shoal');
    await other.runCommand('Shoal: Host a Tracker on This Computer');
    await other.notification(/A tracker runs on this computer at 127\.0\.0\.1:\d+/);
    await window.page.locator('.monaco-link', { hasText: 'Create an account' }).waitFor();
    await window.runCommand('Shoal: Stop the Tracker on This Computer');
    await window.clickModal('Stop the Tracker');
    await desk.daemonEnded('tracker');
    await other.runCommand('Shoal: Connect to a Tracker…');
    await other.quickInput.row('Use an Address or an Invitation…').waitFor();
    await other.screenshot(join(SCREENSHOTS, '44-trackers-used.png'));
    await other.page.close();
  });

  /** The editor selects an opened file anew when it gets to it, which may undo what was selected meanwhile. */
  async function selectBoth(opened: string, other: string): Promise<void> {
    for (let tries = 1; ; tries++) {
      await window.explorerItem(opened).click();
      await window.page.locator('.tab', { hasText: opened }).waitFor();
      await window.explorerItem(other).click({ modifiers: ['ControlOrMeta'] });
      try {
        for (const name of [opened, other])
          await window.explorerItem(name).and(window.page.locator('[aria-selected="true"]')).waitFor({ timeout: 3000 });
        return;
      } catch (error) {
        if (tries === 5) throw error;
      }
    }
  }
});
