import type { Group } from '@shoal/sdk';
import * as vscode from 'vscode';
import type { App } from '../app.js';
import { askChoice, askInTurn, askText } from '../editor/ask.js';
import { nameProblem } from '../model/presenters/names.js';
import { ofKinds, rowsMeant } from '../model/tree/selection.js';
import { isMine } from '../model/tree/standing.js';
import type { GroupNode, OthersNode, RequestNode, TreeNode } from '../model/tree/tree-nodes.js';
import { t } from '../words/index.js';
import { requestToJoin } from './accounts/joining.js';
import { askGroup, ensureSignedIn, knownGroups } from './accounts/signed-in.js';

type Request = Pick<RequestNode, 'groupId' | 'userId'>;

/** Asks for a name, and creates a group that this user owns. */
export async function createGroup(app: App): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const taken = new Set((await knownGroups(app)).map((group) => group.groupId));
  const name = await askText({
    title: t('Create Group'),
    prompt: t('The name of the group; you decide who joins'),
    placeholder: t('lab, course-2026, the usual suspects'),
    check: (value) =>
      nameProblem('group', value) ?? (taken.has(value) ? t('A group with this name exists already.') : undefined),
  });
  if (typeof name !== 'string') return;
  const { groupId } = await app.client.createGroup(name);
  await app.groups.refresh();
  await app.groupsView.reveal(app.groups.groupNode(groupId), { focus: true, select: true, expand: true });
}

/** Sends join requests to the owners of groups. */
export async function joinGroup(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  const title = t('Request to Join');
  const none = t('There is no other group to join: create one.');
  const groups = await groupsMeant(app, { title, none }, ({ standing }) => standing === 'none', node, selected);
  for (const groupId of groups) await requestToJoin(app, groupId);
}

/** Leaves groups, or withdraws join requests, after a confirmation. */
export async function leaveGroup(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  const question = { title: t('Leave Group'), none: t('You are not in a group.') };
  const groups = await groupsMeant(app, question, ({ standing }) => standing !== 'none', node, selected);
  for (const groupId of groups) if (!(await leaveOne(app, groupId))) return;
}

/** Returns false if the user cancels. */
async function leaveOne(app: App, groupId: string): Promise<boolean> {
  const group = app.groups.group(groupId);
  if (group && isMine(group)) {
    const leave = t('Leave');
    const detail =
      group.standing === 'owner' && group.members > 1
        ? t('The longest-standing member becomes its owner. Your shares there end; your files stay.')
        : group.members === 1
          ? t('You are its last member: the group will be dissolved. Your files stay.')
          : t('Your shares there end; your files stay.');
    const choice = await vscode.window.showWarningMessage(t('Leave {0}?', groupId), { modal: true, detail }, leave);
    if (choice !== leave) return false;
  }
  await app.client.leaveGroup(groupId);
  await app.groups.refresh();
  return true;
}

/** The selected groups that fit, or one that the user chooses. */
async function groupsMeant(
  app: App,
  question: { title: string; none: string },
  suits: (group: Group) => boolean,
  node: TreeNode | undefined,
  selected: readonly TreeNode[] | undefined,
): Promise<string[]> {
  if (!(await ensureSignedIn(app))) return [];
  const rows = rowsMeant(node, selected);
  if (rows.length > 0) {
    const groups = ofKinds(rows, 'group').flatMap(({ groupId }) => app.groups.group(groupId) ?? []);
    return groups.filter(suits).map(({ groupId }) => groupId);
  }
  await app.groups.refresh();
  const answer = await askGroup(app, question, suits);
  return typeof answer === 'string' ? [answer] : [];
}

/** Refreshes and shows all groups. */
export async function listGroups(app: App): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  await app.groups.refresh();
  await vscode.commands.executeCommand('shoal.groups.focus');
}

/** Shows the join requests, and decides on the chosen one. */
export async function listRequests(app: App): Promise<void> {
  const request = await askRequest(app, t('Join Requests'));
  if (!request) return;
  const decision = await askChoice({ title: t('{0} asks to join {1}', request.userId, request.groupId) }, [
    { label: `$(check) ${t('Accept')}`, value: true },
    { label: `$(close) ${t('Reject')}`, value: false },
  ]);
  if (decision === undefined || typeof decision === 'symbol') return;
  await decide(app, [request], decision);
}

export async function acceptRequest(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  await decide(app, await requestsMeant(app, t('Accept Request'), node, selected), true);
}

export async function rejectRequest(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  await decide(app, await requestsMeant(app, t('Reject Request'), node, selected), false);
}

async function decide(app: App, requests: readonly Request[], isAccepted: boolean): Promise<void> {
  for (const { groupId, userId } of requests)
    await (isAccepted ? app.client.acceptRequest(groupId, userId) : app.client.rejectRequest(groupId, userId));
  if (requests.length > 0) await app.groups.refresh();
}

/** The selected join requests, or one that the user chooses. */
async function requestsMeant(
  app: App,
  title: string,
  node: TreeNode | undefined,
  selected: readonly TreeNode[] | undefined,
): Promise<Request[]> {
  const rows = rowsMeant(node, selected);
  if (rows.length > 0) return ofKinds(rows, 'request');
  const asked = await askRequest(app, title);
  return asked ? [asked] : [];
}

/** Removes members from groups that this user owns. */
export async function removeMember(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const rows = rowsMeant(node, selected);
  if (rows.length === 0) await removeFrom(app);
  for (const group of ofKinds(rows, 'group')) await removeFrom(app, group);
}

async function removeFrom(app: App, node?: GroupNode): Promise<void> {
  let groupId = node?.groupId;
  let userId: string | undefined;
  const title = node ? t('Remove Member of {0}', node.groupId) : t('Remove Member');
  const steps = [
    async () => {
      const answer = await askGroup(
        app,
        { title, none: t('You do not own a group.') },
        (group) => group.standing === 'owner',
      );
      if (typeof answer === 'string') groupId = answer;
      return answer;
    },
    async () => {
      const answer = await askChoice({ title, placeholder: t('Which member') }, memberChoices(app, groupId ?? ''));
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
      detail: t('Members stop serving {0} within seconds. {0} keeps completed downloads.', userId),
    },
    remove,
  );
  if (choice !== remove) return;
  await app.client.removeMember(groupId, userId);
  await app.groups.refresh();
}

/** Asks the tracker again for everything that is shown. */
export async function refresh(app: App): Promise<void> {
  if (await ensureSignedIn(app)) await app.groups.refresh();
}

/** Copies the names of the selection, one a line. */
export async function copyName(_app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  const names = ofKinds(rowsMeant(node, selected), 'group', 'request', 'folder', 'file').map(nameOf);
  if (names.length > 0) await vscode.env.clipboard.writeText(names.join('\n'));
}

function nameOf(node: Exclude<TreeNode, OthersNode>): string {
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
    void vscode.window.showInformationMessage(t('There are no join requests for your groups.'));
    return undefined;
  }
  const choices = requests.map((value) => ({ label: value.userId, description: value.groupId, value }));
  const answer = await askChoice({ title, placeholder: t('Which join request') }, choices);
  return typeof answer === 'symbol' ? undefined : answer;
}
