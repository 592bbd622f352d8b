import type { ShoalClient } from '../../../sdk/index.js';
import type { Tracker } from '../../../tracker/index.js';
import type { EditorWindow } from './window.js';

/** A person connects to a tracker, creates the user `ann`, and makes the group `lab`. */
export async function settleIn(window: EditorWindow, { host, port }: Pick<Tracker, 'host' | 'port'>): Promise<void> {
  await window.openView('Shoal');
  await window.page.locator('.monaco-button', { hasText: 'Connect to a Tracker…' }).click();
  await window.quickInput.type(`${host}:${port}`);
  await window.quickInput.accept();
  await window.page.locator('.monaco-link', { hasText: 'Create an account' }).click();
  await window.quickInput.type('ann');
  await window.quickInput.accept();
  await window.quickInput.expect('Choose a password');
  await window.quickInput.typeTwice('secret-of-ann');
  await window.page.locator('.pane-body:focus-within', { hasText: 'There is no group yet.' }).waitFor();
  await window.runCommand('Shoal: Create Group…');
  await window.quickInput.expect('Create Group');
  await window.quickInput.type('lab');
  await window.quickInput.accept();
  await window.selectedItem(/^Group lab, owner/).waitFor();
}

/** Someone else asks to join `lab`, and is let in from the tree. */
export async function letIn(window: EditorWindow, client: ShoalClient): Promise<void> {
  const accepted = new Promise((resolve) => client.once('membershipChanged', resolve));
  await client.joinGroup('lab');
  await window.inlineAction(window.treeItem(new RegExp(`^${client.userId} asks to join lab`)), 'Accept Request');
  await accepted;
}
