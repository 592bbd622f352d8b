import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { tellError } from '../../editor/tell.js';
import { t } from '../../words/index.js';

const WAITING = 'invitedGroup';

/** Sends a join request to the owner of a group. */
export async function requestToJoin(app: App, groupId: string): Promise<void> {
  const { ownerId } = await app.client.joinGroup(groupId);
  await app.groups.refresh();
  vscode.window.setStatusBarMessage(t('Join request for {1} sent to {0}.', ownerId, groupId), 8000);
}

/** Remembers the group of an invitation until a user is signed in. */
export async function keepInvitation(app: App, group: string | undefined): Promise<void> {
  if (group !== undefined) await app.context.globalState.update(WAITING, group);
}

/** Sends the join request of a remembered invitation. */
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
