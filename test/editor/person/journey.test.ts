import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { SlowLine } from '../support/slow-line.js';
import { Desk, endNow, randomFile, sha1Of } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

const MIB = 1 << 20;

/** One person's way from the welcome view on, in a real editor with the packed extension; each step builds on those before. */
describe('a person at the editor', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let bob: ShoalClient;
  let line: SlowLine;
  let tracker: string;
  let notes: string;
  let film: string;

  before(async () => {
    desk = await Desk.open('alice');
    window = desk.window;
    notes = desk.file('notes.bin', 3 * MIB);
  });
  after(async () => {
    await line?.close();
    await desk?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed');
  });

  it('is welcomed, and hosts a tracker', async () => {
    await window.openView('Shoal');
    const host = window.page.locator('.monaco-link', { hasText: 'Host one on this computer' });
    await host.waitFor();
    await desk.screenshot('01-welcome');
    await host.click();
    await window.clickNotificationButton(/A tracker runs on this computer/, 'Copy Invitation');
    await window.quickInput.pick('Address');
    await window.statusBarItem('Copied').waitFor();
    tracker = await window.page.evaluate('navigator.clipboard.readText()');
    assert.match(tracker, /^wss:\/\/127\.0\.0\.1:\d+#[0-9a-f]{64}$/);
  });

  it('creates a user, with what is wrong said while it is typed', async () => {
    await window.page.locator('.monaco-link', { hasText: 'Create an account' }).click();
    await window.quickInput.type('/alice');
    await window.page.locator('.quick-input-message', { hasText: 'A name has 1 to 64 letters' }).waitFor();
    await window.quickInput.type('alice');
    await window.quickInput.accept();
    await window.quickInput.expect('Choose a password');
    await window.quickInput.type('x');
    await window.quickInput.accept();
    assert.match(await window.quickInput.validationMessage(), /A password has at least 8 characters/);
    await window.quickInput.typeTwice('secret-of-alice');
    await window.page.locator('.monaco-button', { hasText: 'Create Group…' }).waitFor();
    await window.statusBarItem('alice').waitFor();
    await desk.screenshot('02-no-groups');
  });

  it('makes a group, and shares a file by a right click', async () => {
    await window.runCommand('Shoal: Create Group…');
    await window.quickInput.expect('Create Group');
    await window.quickInput.type('lab');
    await window.quickInput.accept();
    await window.selectedItem(/^Group lab, owner/).waitFor();
    await window.openView('Explorer');
    await window.contextMenu(window.explorerItem('notes.bin'), 'Share in Group…');
    await window.modal('Share notes.bin, 3 MiB, in lab?');
    await desk.screenshot('03-question');
    await window.clickModal('Share');
    const mark = window.explorerItem('notes.bin').locator('[aria-label$="Shared in lab"]');
    await mark.waitFor();
    await window.clickNotificationButton('notes.bin is shared in lab.', 'Undo');
    await mark.waitFor({ state: 'detached' });
    await window.clearNotifications();
    await window.contextMenu(window.explorerItem('notes.bin'), 'Share in Group…');
    await window.clickModal('Share');
    await window.notification('notes.bin is shared in lab.');
    await desk.screenshot('03-shared');
    await window.openView('Shoal');
    await window.treeItem(/^File notes\.bin, shared by me/).waitFor();
  });

  it('lets someone in from the tree, who fetches the file', async () => {
    line = await SlowLine.open(Number.POSITIVE_INFINITY);
    bob = await desk.peer('bob', tracker, { advertise: line.endpoint });
    line.leadTo(bob.listenAddress?.port ?? 0);
    const accepted = new Promise((resolve) => bob.once('membershipChanged', resolve));
    await bob.joinGroup('lab');
    const request = window.treeItem(/^bob asks to join lab/);
    await request.waitFor();
    await window.page.locator('.activitybar .badge-content', { hasText: '1' }).first().waitFor();
    await desk.screenshot('04-request');
    await window.inlineAction(request, 'Accept Request');
    await accepted;
    await request.waitFor({ state: 'detached' });
    await window.treeItem(/^Group lab, owner · 2 members/).waitFor();
    const copy = join(desk.folder, 'bobs-copy.bin');
    await bob.downloadFile('lab', 'notes.bin', copy).done;
    assert.equal(sha1Of(copy), notes);
  });

  it('downloads, pauses and goes on, and looks at the details', async () => {
    const path = join(desk.folder, 'film.bin');
    film = randomFile(path, 48 * MIB);
    await bob.shareFile(path, 'lab');
    const file = window.treeItem(/^File film\.bin/);
    await window.treeItem(/^File film\.bin, new · bob/).waitFor();
    await window.treeItem(/^Group lab, owner/).waitFor(); // it was seen: a row that is drawn anew loses a click
    line.bytesPerSecond = MIB / 2;
    await window.inlineAction(file, 'Download');
    const transfer = window.treeItem(/^Download of film\.bin from lab/);
    await window.treeItem(/^Download of film\.bin from lab, \d+ % · .*iB\/s/).waitFor();
    const panel = window.webviewFrame();
    await transfer.click();
    await panel.getByRole('heading', { name: 'film.bin' }).waitFor();
    await panel.getByRole('cell', { name: 'bob' }).waitFor();
    await desk.screenshot('05-details');
    await panel.getByRole('button', { name: 'Pause' }).click();
    await window.treeItem(/^Download of film\.bin from lab, \d+ % · paused/).waitFor();
    await window.inlineAction(transfer, 'Resume Download');
    await window.treeItem(/^Download of film\.bin from lab, \d+ % · .*iB\/s/).waitFor();
    await window.treeItem(/^File film\.bin, downloading \d+ %/).waitFor();
  });

  it('goes on through a reload of the window', async () => {
    const agent = desk.daemon('agent');
    line.bytesPerSecond = MIB / 8; // a reload may take its time
    await window.reload();
    await window.openView('Shoal');
    await window.treeItem(/^Download of film\.bin from lab, \d+ % · .*iB\/s/).waitFor();
    assert.equal(desk.daemon('agent'), agent, 'the same process went on');
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    await window.treeItem(/^Download of film\.bin from lab, 48 MiB · complete/).waitFor();
    await window.notification('film.bin from lab is complete.');
    assert.equal(sha1Of(join(desk.downloads, 'film.bin')), film);
    await desk.screenshot('06-complete');
  });

  it('sees the same in a second window, from the same process', async () => {
    const agent = desk.daemon('agent');
    const other = await desk.anotherWindow();
    await other.openView('Shoal');
    await other.treeItem(/^Download of film\.bin from lab, 48 MiB · complete/).waitFor();
    assert.equal(desk.daemon('agent'), agent);
    await other.runCommand('Shoal: Clear Finished Downloads');
    await window.treeItem(/^Download of film\.bin/).waitFor({ state: 'detached' });
    await other.page.close();
  });

  it('is told quietly that the tracker is away, and it comes back by itself', async () => {
    await window.clearNotifications();
    const pid = desk.daemon('tracker');
    assert.ok(pid !== undefined);
    const bobIsBack = new Promise((resolve) => bob.once('connected', resolve));
    endNow(pid);
    await window.page.locator('.statusbar-item', { has: window.page.locator('.codicon-debug-disconnect') }).waitFor();
    await window.statusBarItem('alice').waitFor();
    await window.page
      .locator('.statusbar-item', { has: window.page.locator('.codicon-debug-disconnect') })
      .waitFor({ state: 'detached' });
    assert.equal(await window.page.locator('.notifications-toasts .notification-list-item').count(), 0);
    assert.notEqual(desk.daemon('tracker'), pid);
    await bobIsBack;
  });

  it('does not notice when the agent dies, but in the log', async () => {
    const pid = desk.daemon('agent');
    assert.ok(pid !== undefined);
    endNow(pid);
    await desk.nextDaemon('agent', pid);
    await window.runCommand('Shoal: Show Groups');
    // Bob has it too, and came back from the tracker's absence unseen: who asks anew counts him.
    await window.treeItem(/^File notes\.bin, shared by me · 3 MiB · 2 sources online/).waitFor();
    await window.statusBarItem('alice').waitFor();
    assert.equal(await window.page.locator('.notifications-toasts .notification-list-item').count(), 0);
    const copy = join(desk.folder, 'bobs-second-copy.bin');
    await bob.downloadFile('lab', 'notes.bin', copy).done;
    assert.equal(sha1Of(copy), notes, 'the new agent serves what the old one did');
  });

  it('signs out, and is asked again after a wrong password', async () => {
    await window.runCommand('Shoal: Sign Out');
    await window.modal('Others cannot download 2 files that you share');
    await window.clickModal('Sign Out');
    await window.page.locator('.monaco-button', { hasText: 'Sign In…' }).click();
    await window.quickInput.expect('Your user name');
    await window.quickInput.accept(); // it is the one of before
    await window.quickInput.expect('Your password');
    await window.quickInput.type('wrong');
    await window.quickInput.accept();
    await window.page
      .locator('.quick-input-message', { hasText: 'The user name or the password is wrong: try again.' })
      .waitFor();
    await desk.screenshot('07-wrong-password');
    await window.quickInput.type('secret-of-alice');
    await window.quickInput.accept();
    await window.treeItem(/^File notes\.bin, shared by me/).waitFor();
    assert.ok(existsSync(join(desk.workspace, 'notes.bin')));
  });

  it('changes the password', async () => {
    await window.runCommand('Shoal: Change Password…');
    await window.quickInput.expect('Your current password');
    await window.quickInput.type('wrong');
    await window.quickInput.accept();
    await window.quickInput.expect('Choose a new password');
    await window.quickInput.typeTwice('another-of-alice');
    await window.page.locator('.quick-input-message', { hasText: 'That is not your current password.' }).waitFor();
    await desk.screenshot('08-change-password');
    await window.quickInput.type('secret-of-alice');
    await window.quickInput.accept();
    await window.page.locator('.notification-list-item-message', { hasText: 'Password changed.' }).waitFor();
    await window.treeItem(/^File notes\.bin, shared by me/).waitFor();
  });
});
