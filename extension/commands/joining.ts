import * as vscode from 'vscode';
import type { App } from '../app.js';
import { tellError } from '../editor/tell.js';
import { t } from '../words/index.js';

const WAITING = 'invitedGroup';

/** Asks a group's owner to let this user in. */
export async function requestToJoin(app: App, groupId: string): Promise<void> {
  const { ownerId } = await app.client.joinGroup(groupId);
  await app.groups.refresh();
  vscode.window.setStatusBarMessage(t('Join request for {1} sent to {0}.', ownerId, groupId), 8000);
}

/** Remembers the group that an invitation names, until somebody is signed in. */
export async function keepInvitation(app: App, group: string | undefined): Promise<void> {
  if (group !== undefined) await app.context.globalState.update(WAITING, group);
}

/** Asks to join the group of an invitation that was taken before. */
export async function joinWaiting(app: App): Promise<void> {
  const { globalState } = app.context;
  const group = globalState.get<string>(WAITING);
  if (group === undefined) return;
  await globalState.update(WAITING, undefined);
  try {
    await requestToJoin(app, group);
  } catch (error) {
    await tellError(error, app.log);
  }
}
