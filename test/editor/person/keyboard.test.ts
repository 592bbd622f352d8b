import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient } from '../../../sdk/index.js';
import { SlowLine } from '../support/slow-line.js';
import { Desk, randomFile, sha1Of } from '../support/stage.js';
import type { EditorWindow } from '../support/window.js';

const MIB = 1 << 20;

/** The same ways, with the mouse left alone. */
describe('a person with nothing but a keyboard', function () {
  this.timeout(300_000);
  this.bail(true);
  let desk: Desk;
  let window: EditorWindow;
  let bob: ShoalClient;
  let line: SlowLine;

  const press = (...keys: string[]) =>
    keys.reduce((before, key) => before.then(() => window.page.keyboard.press(key)), Promise.resolve());
  const answer = async (question: string, text: string) => {
    await window.quickInput.expect(question);
    if (text !== '') await window.page.keyboard.insertText(text);
    await press('Enter');
  };

  before(async () => {
    desk = await Desk.open('keys');
    window = desk.window;
    writeFileSync(join(desk.workspace, 'table.csv'), Buffer.alloc(300_000)); // no text, whatever the editor looks at
  });
  after(async () => {
    await line?.close();
    await desk?.close();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await desk.screenshot('failed-keyboard');
  });

  it('hosts a tracker, signs up and makes a group from the palette', async () => {
    await palette('Shoal: Host a Tracker on This Computer');
    await window.notification(/A tracker runs on this computer/);
    await palette('Shoal: Create Account…');
    await answer('Your user name', 'keys');
    await answer('Choose a password', 'secret-of-alice');
    await answer('Repeat the password', 'secret-of-alice');
    await window.page.locator('.pane-body:focus-within', { hasText: 'There is no group yet.' }).waitFor();
    await palette('Shoal: Create Group…');
    await answer('Create Group', 'desk');
    await window
      .treeItem(/^Group desk, owner/)
      .and(window.page.locator('.focused'))
      .waitFor();
  });

  it('goes a step back and finds what was typed before', async () => {
    await palette('Shoal: Sign Out');
    await window.modal('Sign out keys?');
    await press('Enter');
    await window.page.locator('.monaco-button', { hasText: 'Sign In…' }).waitFor();
    await palette('Shoal: Sign In…');
    await answer('Your user name', '');
    await window.quickInput.expect('Your password');
    await press('Control+Alt+Minus');
    await window.quickInput.expect('Your user name');
    await press('Enter');
    await answer('Your password', 'secret-of-alice');
    await window.treeItem(/^Group desk, owner/).waitFor();
  });

  it('shares a file from its editor', async () => {
    await press('Control+p');
    await window.page.keyboard.insertText('table.csv');
    await window.quickInput.row('table.csv').waitFor();
    await press('Enter');
    await window.page.locator('.tab', { hasText: 'table.csv' }).waitFor();
    // An editor that is still opening takes the focus when it is there, and with it the palette away.
    await window.page.getByText('The file is not displayed in the text editor').waitFor();
    await palette('Shoal: Share in Group…');
    await choosePath(join(desk.workspace, 'table.csv'));
    await window.modal('Share table.csv, 293 KiB, in desk?');
    await press('Enter');
    await window.notification('table.csv is shared in desk.');
  });

  it('accepts a request from the palette', async () => {
    line = await SlowLine.open(MIB);
    const tracker = await trackerOf();
    bob = await desk.peer('bob', tracker, { advertise: line.endpoint });
    line.leadTo(bob.listenAddress?.port ?? 0);
    const accepted = new Promise((resolve) => bob.once('membershipChanged', resolve));
    await bob.joinGroup('desk');
    await palette('Shoal: Accept Request');
    await window.quickInput.row('bob').waitFor();
    await press('Enter');
    await accepted;
  });

  it('downloads, pauses, resumes and removes, in the trees', async () => {
    const path = join(desk.folder, 'song.flac');
    const digest = randomFile(path, 24 * MIB);
    await bob.shareFile(path, 'desk');
    await palette('Shoal: Download');
    await window.quickInput.row('desk').waitFor();
    await press('Enter');
    await window.quickInput.row('song.flac').waitFor();
    await window.page.keyboard.insertText('song');
    await press('Enter');
    await window.treeItem(/^Download of song\.flac from desk, \d+ % ·/).waitFor();
    await palette('Shoal: Pause Download');
    await window.treeItem(/^Download of song\.flac from desk, \d+ % · paused/).waitFor();
    await desk.screenshot('10-paused');
    await palette('Shoal: Resume Download');
    line.bytesPerSecond = Number.POSITIVE_INFINITY;
    await window.treeItem(/^Download of song\.flac from desk, 24 MiB · complete/).waitFor();
    assert.equal(sha1Of(join(desk.downloads, 'song.flac')), digest);
  });

  it('finds a file by typing, and stops sharing it with the delete key', async () => {
    await palette('Shoal: Show Groups');
    const table = window.treeItem(/^File table\.csv, shared by me/);
    await window.page.locator('.pane-body:focus-within').filter({ hasText: 'table.csv' }).waitFor();
    await press('Home', 'Control+Alt+f');
    const find = window.page.locator('.monaco-tree-type-filter input');
    await find.waitFor();
    await window.page.keyboard.insertText('table');
    await press('Enter', 'Escape');
    await table.and(window.page.locator('.focused')).waitFor();
    await press('Delete');
    await table.waitFor({ state: 'detached' });
    assert.deepEqual(
      (await bob.listFiles('desk')).map(({ fileName }) => fileName),
      ['song.flac'],
    );
  });

  /** Runs a command as typing in the palette does. */
  async function palette(title: string): Promise<void> {
    await press('F1');
    await window.quickInput.expect('Type the name of a command to run.').catch(() => {});
    await window.page.keyboard.insertText(title);
    await window.quickInput.row(title).waitFor();
    await press('Enter');
  }

  /** Answers the open dialog, which is drawn as a quick input here. */
  async function choosePath(path: string): Promise<void> {
    await window.quickInput.choosePath(path);
  }

  async function trackerOf(): Promise<string> {
    await palette('Shoal: Copy Invitation…');
    await window.quickInput.row('Address').waitFor();
    await press('ArrowDown', 'Enter');
    await window.statusBarItem('Copied').waitFor();
    return window.page.evaluate('navigator.clipboard.readText()');
  }
});
