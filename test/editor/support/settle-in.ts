import type { ShoalClient } from '../../../sdk/index.js';
import type { Tracker } from '../../../tracker/index.js';
import type { EditorWindow } from './window.js';

/** A person connects to a tracker, creates the user `ann`, and makes the group `lab`. */
export async function settleIn(window: EditorWindow, { host, port }: Pick<Tracker, 'host' | 'port'>): Promise<void> {
  await connectTo(window, `${host}:${port}`);
  await createAccount(window, 'ann');
  await window.page.locator('.pane-body:focus-within', { hasText: 'There is no group yet.' }).waitFor();
  await createGroup(window, 'lab');
}

/** From the welcome view to the connection. @param tracker an address or an invitation */
export async function connectTo(window: EditorWindow, tracker: string): Promise<void> {
  await window.openView('Shoal');
  await window.page.locator('.monaco-button', { hasText: 'Connect to a Tracker…' }).click();
  await window.quickInput.expect('Connect to a Tracker');
  await window.quickInput.type(tracker);
  await window.quickInput.accept();
}

/** From the link in the view to the user who is signed in. The password is `secret-of-` and the name. */
export async function createAccount(window: EditorWindow, name: string): Promise<void> {
  await window.page.locator('.monaco-link', { hasText: 'Create an account' }).click();
  await window.quickInput.expect('Your user name');
  await window.quickInput.type(name);
  await window.quickInput.accept();
  await window.quickInput.expect('Choose a password');
  await window.quickInput.typeTwice(`secret-of-${name}`);
  await window.statusBarItem(name).waitFor();
}

/** Creates a group, and waits until the tree shows it: until then a row that is drawn anew loses a click. */
export async function createGroup(window: EditorWindow, name: string): Promise<void> {
  await window.runCommand('Shoal: Create Group…');
  await window.quickInput.expect('Create Group');
  await window.quickInput.type(name);
  await window.quickInput.accept();
  await window.selectedItem(new RegExp(`^Group ${name}, owner`)).waitFor();
}

/** The link that the owner of a group copies from its menu. */
export async function copyInvitation(window: EditorWindow, group: string): Promise<string> {
  await window.contextMenu(window.treeItem(new RegExp(`^Group ${group}, owner`)), 'Copy Invitation…');
  await window.quickInput.pick('Link');
  await window.statusBarItem('Copied').waitFor();
  return window.page.evaluate('navigator.clipboard.readText()');
}

/** Shares a file of the workspace by its menu in the Explorer, by someone with one group. */
export async function shareFromExplorer(window: EditorWindow, fileName: string, group: string): Promise<void> {
  await window.openView('Explorer');
  await window.contextMenu(window.explorerItem(fileName), 'Share in Group…');
  await window.clickModal('Share');
  await window.notification(`${fileName} is shared in ${group}.`);
}

/** Someone else asks to join `lab`, and is let in from the tree. */
export async function letIn(window: EditorWindow, client: ShoalClient): Promise<void> {
  const accepted = new Promise((resolve) => client.once('membershipChanged', resolve));
  await client.joinGroup('lab');
  await window.inlineAction(window.treeItem(new RegExp(`^${client.userId} asks to join lab`)), 'Accept Request');
  await accepted;
}
