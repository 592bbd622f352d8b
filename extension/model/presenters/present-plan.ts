import { basename } from 'node:path';
import { formatBytes, t } from '../../words/index.js';
import type { PlanPart, Selection, SharePlan } from '../sharing/share-plan.js';
import { filesOf } from './present-folders.js';

/** Secrets that a question names; the choice lists all. */
const MAX_NAMED = 6;
/** A subfolder is mentioned if it has at least this many files and the majority of them. */
const MANY_FILES = 100;

export interface PlanQuestion {
  readonly text: string;
  readonly detail: string;
}

export interface PlanPlace {
  readonly groupId: string;
  /** Undefined if unknown. */
  readonly members: number | undefined;
  /** Paths of the folders that are open in the editor. */
  readonly workspace: readonly string[];
}

/** The question before sharing: what, how much, with whom, and what is left out. */
export function planQuestion(plan: SharePlan, selection: Selection, place: PlanPlace): PlanQuestion {
  const left = plan.parts.filter(({ secret }) => secret);
  const lines = [
    plan.single && place.workspace.includes(plan.single.path) ? t('This is the whole folder of the workspace.') : '',
    largest(plan),
    members(place),
    left.length === 0 ? '' : [t('Left out because it looks like secrets:'), ...named(left)].join('\n'),
    selection.orders.some(({ isFolder }) => isFolder) ? t('Keep Up to Date shares later changes in folders, too.') : '',
    plan.isWhole ? '' : t('There are too many small files to check all of them for secrets.'),
  ];
  return {
    text: whatAndHowMuch(plan, selection, place.groupId),
    detail: lines.filter((line) => line !== '').join('\n\n'),
  };
}

/** The question if everything chosen looks like secrets. */
export function secretQuestion(plan: SharePlan, place: PlanPlace): PlanQuestion {
  const [first] = plan.parts;
  const text =
    first && plan.parts.length === 1
      ? t('{0} looks like a file with secrets. Share it in {1} anyway?', first.name, place.groupId)
      : t('All of it looks like secrets. Share {0} in {1} anyway?', filesOf(plan.parts.length), place.groupId);
  return { text, detail: [members(place), named(plan.parts).join('\n')].filter((line) => line !== '').join('\n\n') };
}

/** The title of the choice: how much would be shared. */
export function selectionTitle({ files, bytes }: Selection, groupId: string): string {
  return t('Share in {0}: {1}, {2}', groupId, filesOf(files), formatBytes(bytes));
}

/** The description of a part. */
export function presentPart({ isFolder, files, bytes, secret }: PlanPart): string {
  if (secret) return `${formatBytes(bytes)} · ${reason(secret)}`;
  return isFolder ? `${filesOf(files)}, ${formatBytes(bytes)}` : formatBytes(bytes);
}

function whatAndHowMuch({ single }: SharePlan, { files, bytes }: Selection, groupId: string): string {
  const size = formatBytes(bytes);
  if (!single) return t('Share {0}, {1}, in {2}?', filesOf(files), size, groupId);
  const name = basename(single.path);
  if (single.isFolder) return t('Share the folder {0} in {1}: {2}, {3}?', name, groupId, filesOf(files), size);
  return t('Share {0}, {1}, in {2}?', name, size, groupId);
}

function members({ groupId, members: count }: PlanPlace): string {
  if (count === undefined) return '';
  if (count === 1) return t('You are the only member of {0} so far; everyone who joins can download it.', groupId);
  return t('All {0} members of {1} can download it.', count, groupId);
}

/** Where most of a folder is: results of a build or an installation are seldom meant. */
function largest({ parts, single }: SharePlan): string {
  const all = single?.files ?? 0;
  const part = parts.find(
    ({ isFolder, files, secret }) => !secret && isFolder && files >= MANY_FILES && files * 2 > all,
  );
  return part && single?.isFolder ? t('Most of it is in {0}: {1}.', part.name, presentPart(part)) : '';
}

function named(parts: readonly PlanPart[]): string[] {
  const lines = parts.slice(0, MAX_NAMED).map(({ name, secret }) => `• ${name}${secret ? `: ${reason(secret)}` : ''}`);
  return parts.length > MAX_NAMED ? [...lines, t('• and {0} more', parts.length - MAX_NAMED)] : lines;
}

function reason({ kind, rule }: NonNullable<PlanPart['secret']>): string {
  switch (kind) {
    case 'environment':
      return t('environment settings');
    case 'key':
      return t('a private key');
    case 'credentials':
      return t('passwords or tokens');
    case 'content':
      return t('a secret in its text ({0})', rule ?? '');
  }
}
