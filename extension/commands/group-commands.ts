import * as vscode from 'vscode';
import type { App } from '../app.js';
import { askChoice, askInTurn, askText } from '../editor/ask.js';
import type { GroupNode, RequestNode, TreeNode } from '../model/tree-nodes.js';
import { nameProblem } from '../model/names.js';
import { t } from '../words/index.js';
import { requestToJoin } from './joining.js';
import { askGroup, ensureSignedIn, isMine, knownGroups } from './signed-in.js';

type Request = Pick<RequestNode, 'groupId' | 'userId'>;

/** Asks for a name, and makes a group that this user owns. */
export async function createGroup(app: App): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const taken = new Set((await knownGroups(app)).map((group) => group.groupId));
  const name = await askText({
    title: t('Create a Group'),
    prompt: t('Its name; you decide who joins'),
    placeholder: t('lab, course-2026, the usual suspects'),
    check: (value) =>
      nameProblem('group', value) ?? (taken.has(value) ? t('There is a group of this name.') : undefined),
  });
  if (typeof name !== 'string') return;
  const { groupId } = await app.client.createGroup(name);
  await app.groups.refresh();
  await app.groupsView.reveal(app.groups.groupNode(groupId), { focus: true, select: true, expand: true });
}

/** Asks the owner of a group to be let in. */
export async function joinGroup(app: App, node?: GroupNode): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  if (!node) await app.groups.refresh();
  const none = t('There is no group that you are not in already: create one.');
  const groupId =
    node?.groupId ??
    (await askGroup(app, { title: t('Request to Join'), none }, ({ standing }) => standing === 'none'));
  if (typeof groupId === 'string') await requestToJoin(app, groupId);
}

/** Leaves a group, or withdraws the request to join it, once the user has seen what that means. */
export async function leaveGroup(app: App, node?: GroupNode): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const none = t('You are in no group.');
  const groupId =
    node?.groupId ?? (await askGroup(app, { title: t('Leave Group'), none }, ({ standing }) => standing !== 'none'));
  if (typeof groupId !== 'string') return;
  const group = app.groups.group(groupId);
  if (group && isMine(group)) {
    const leave = t('Leave');
    const detail =
      group.standing === 'owner' && group.members > 1
        ? t('The group goes to its longest-standing member. What you share there is shared no more; your files stay.')
        : group.members === 1
          ? t('You are its last member: the group is dissolved. Your files stay.')
          : t('What you share there is shared no more; your files stay.');
    const choice = await vscode.window.showWarningMessage(t('Leave {0}?', groupId), { modal: true, detail }, leave);
    if (choice !== leave) return;
  }
  await app.client.leaveGroup(groupId);
  await app.groups.refresh();
}

/** Shows all groups, as they are now. */
export async function listGroups(app: App): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  await app.groups.refresh();
  await vscode.commands.executeCommand('shoal.groups.focus');
}

/** Shows who asks to join, and decides on one of them. */
export async function listRequests(app: App): Promise<void> {
  const request = await askRequest(app, t('Join Requests'));
  if (!request) return;
  const decision = await askChoice({ title: t('{0} asks to join {1}', request.userId, request.groupId) }, [
    { label: `$(check) ${t('Accept')}`, value: true },
    { label: `$(close) ${t('Reject')}`, value: false },
  ]);
  if (decision === true) await acceptRequest(app, request);
  else if (decision === false) await rejectRequest(app, request);
}

export async function acceptRequest(app: App, node?: Request): Promise<void> {
  const request = node ?? (await askRequest(app, t('Accept Request')));
  if (!request) return;
  await app.client.acceptRequest(request.groupId, request.userId);
  await app.groups.refresh();
}

export async function rejectRequest(app: App, node?: Request): Promise<void> {
  const request = node ?? (await askRequest(app, t('Reject Request')));
  if (!request) return;
  await app.client.rejectRequest(request.groupId, request.userId);
  await app.groups.refresh();
}

/** Ends someone's membership of a group that this user owns. */
export async function removeMember(app: App, node?: GroupNode): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  let groupId = node?.groupId;
  let userId: string | undefined;
  const title = t('Remove Member');
  const steps = [
    async () => {
      const answer = await askGroup(
        app,
        { title, none: t('You own no group.') },
        (group) => group.standing === 'owner',
      );
      if (typeof answer === 'string') groupId = answer;
      return answer;
    },
    async () => {
      const answer = await askChoice({ title, placeholder: t('Who is to go') }, memberChoices(app, groupId ?? ''));
      if (typeof answer === 'string') userId = answer;
      return answer;
    },
  ];
  if (!(await askInTurn(node ? steps.slice(1) : steps)) || groupId === undefined || userId === undefined) return;
  const remove = t('Remove');
  const choice = await vscode.window.showWarningMessage(
    t('Remove {0} from {1}?', userId, groupId),
    {
      modal: true,
      detail: t('Members stop serving {0} within seconds. What was downloaded already stays theirs.', userId),
    },
    remove,
  );
  if (choice !== remove) return;
  await app.client.removeMember(groupId, userId);
  await app.groups.refresh();
}

/** Asks the tracker for everything that is shown anew. */
export async function refresh(app: App): Promise<void> {
  if (await ensureSignedIn(app)) await app.groups.refresh();
}

export async function copyName(_app: App, node?: TreeNode): Promise<void> {
  if (!node) return;
  await vscode.env.clipboard.writeText(nameOf(node));
}

function nameOf(node: TreeNode): string {
  switch (node.kind) {
    case 'group':
      return node.groupId;
    case 'request':
      return node.userId;
    case 'folder':
      return node.folder;
    case 'file':
      return node.fileName;
  }
}

async function memberChoices(app: App, groupId: string) {
  const members = await app.client.listMembers(groupId);
  return members.filter((member) => !member.owner).map(({ userId }) => ({ label: userId, value: userId }));
}

async function askRequest(app: App, title: string): Promise<Request | undefined> {
  if (!(await ensureSignedIn(app))) return undefined;
  const owned = (await knownGroups(app)).filter((group) => group.standing === 'owner');
  const perGroup = owned.map(async ({ groupId }) =>
    (await app.client.listRequests(groupId)).map(({ userId }) => ({ groupId, userId })),
  );
  const requests = (await Promise.all(perGroup)).flat();
  if (requests.length === 0) {
    void vscode.window.showInformationMessage(t('Nobody asks to join a group of yours.'));
    return undefined;
  }
  const choices = requests.map((value) => ({ label: value.userId, description: value.groupId, value }));
  const answer = await askChoice({ title, placeholder: t('Whose request') }, choices);
  return typeof answer === 'symbol' ? undefined : answer;
}
