import type { Group } from '@shoal/sdk';
import type { App } from '../../app.js';
import { isMine } from '../../model/tree/standing.js';
import { t } from '../../words/index.js';
import { askGroup, inNoGroup, knownGroups } from '../accounts/signed-in.js';

const REMEMBERED_GROUP = 'group';

/** A group to share in. */
export interface ChosenGroup {
  readonly groupId: string;
  /** Whether the user has just chosen it; otherwise it is the previous one, or the only one. */
  readonly isChosen: boolean;
}

/** The group that this workspace's files were last shared in, or the only one; otherwise it asks. */
export async function groupToShareIn(app: App): Promise<ChosenGroup | undefined> {
  const remembered = await rememberedGroup(app);
  return remembered === undefined ? askAndRemember(app) : { groupId: remembered, isChosen: false };
}

export async function askAndRemember(app: App): Promise<ChosenGroup | undefined> {
  const groupId = await askGroup(app, { title: t('Share in Group'), ...inNoGroup() }, isMine);
  if (typeof groupId !== 'string') return undefined;
  await app.context.workspaceState.update(REMEMBERED_GROUP, groupId);
  return { groupId, isChosen: true };
}

async function rememberedGroup(app: App): Promise<string | undefined> {
  const remembered = app.context.workspaceState.get<string>(REMEMBERED_GROUP);
  const isRemembered = (group: Group) => isMine(group) && group.groupId === remembered;
  if ((await knownGroups(app)).some(isRemembered)) return remembered;
  await app.groups.refresh();
  const mine = app.groups.groups().filter(isMine);
  if (mine.some(isRemembered)) return remembered;
  return mine.length === 1 ? mine[0]?.groupId : undefined;
}
