import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { askMany } from '../../editor/ask.js';
import {
  type PlanPlace,
  planQuestion,
  presentPart,
  secretQuestion,
  selectionTitle,
} from '../../model/presenters/present-plan.js';
import type { Selection, SharePlan } from '../../model/sharing/share-plan.js';
import { t } from '../../words/index.js';
import { askAndRemember, type ChosenGroup } from './share-group.js';

/** What is shared, and where. */
export interface Agreement {
  readonly groupId: string;
  readonly selection: Selection;
  /** Whether later changes in the folders are shared too. */
  readonly watch: boolean;
  /** Whether nothing that looks like secrets is among it. */
  readonly withoutSecrets: boolean;
}

/** The choice to share later changes too, among the parts. No path is empty. */
const WATCH = '';

/**
 * Shows what would be shared, how much, and with whom. It asks always, except for one ordinary file in a group that the
 * user has just chosen. It leaves out what looks like secrets unless the user includes it. Undefined if the user
 * cancels.
 */
export async function agree(app: App, plan: SharePlan, group: ChosenGroup): Promise<Agreement | undefined> {
  const { groupId, isChosen } = group;
  const plain = { groupId, watch: false, withoutSecrets: true };
  const selection = plan.select(plan.byDefault());
  const isPlain = plan.secrets.length === 0 && plan.single?.isFolder === false;
  if (isPlain && isChosen) return { ...plain, selection };
  const [share, anyway] = [t('Share'), t('Share Anyway')];
  const sync = t('Share and Keep Up to Date');
  const hasFolder = selection.orders.some(({ isFolder }) => isFolder);
  const [choose, elsewhere] = [t('Choose…'), t('Another Group…')];
  const isEmpty = selection.files === 0;
  const { text, detail } = isEmpty
    ? secretQuestion(plan, placeOf(app, groupId))
    : planQuestion(plan, selection, placeOf(app, groupId));
  const buttons = [
    isEmpty ? anyway : share,
    ...(hasFolder ? [sync] : []),
    ...(plan.parts.length > 1 ? [choose] : []),
    ...(isChosen ? [] : [elsewhere]),
  ];
  const ask = isEmpty ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  switch (await ask(text, { modal: true, detail }, ...buttons)) {
    case share:
      return { ...plain, selection };
    case sync:
      return { ...plain, selection, watch: true };
    case anyway:
      return { ...plain, selection: plan.select(plan.everything()), withoutSecrets: false };
    case choose:
      return chooseParts(plan, groupId);
    case elsewhere: {
      const other = await askAndRemember(app);
      return other && agree(app, plan, other);
    }
    case undefined:
      return undefined;
  }
}

async function chooseParts(plan: SharePlan, groupId: string): Promise<Agreement | undefined> {
  const titleOf = (ids: readonly string[]) => selectionTitle(plan.select(new Set(ids)), groupId);
  const byDefault = plan.byDefault();
  const choices = plan.parts.map((part) => ({
    label: `$(${part.secret ? 'key' : part.isFolder ? 'folder' : 'file'}) ${part.name}`,
    description: presentPart(part),
    value: part.id,
    isTaken: byDefault.has(part.id),
  }));
  if (plan.items.some(({ isFolder }) => isFolder))
    choices.push({
      ...{ label: `$(sync) ${t('Keep up to date')}`, description: t('shares later changes in the folder too') },
      ...{ value: WATCH, isTaken: false },
    });
  const question = { title: titleOf([...byDefault]), placeholder: t('What to share; the rest is left out') };
  const taken = await askMany(question, choices, titleOf);
  if (taken === undefined || typeof taken === 'symbol') return undefined;
  const ids = new Set(taken);
  const withoutSecrets = !plan.parts.some(({ id, secret }) => secret && ids.has(id));
  return { groupId, selection: plan.select(ids), watch: ids.has(WATCH), withoutSecrets };
}

function placeOf(app: App, groupId: string): PlanPlace {
  const workspace = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return { groupId, members: app.groups.group(groupId)?.members, workspace };
}
