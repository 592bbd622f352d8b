import type { Group, SharedFile, ShareStateName } from '@shoal/sdk';
import { lastName } from '@shoal/sdk/protocol';
import type { DownloadRecord, ShareRecord } from '../../contract/contract.js';
import { formatBytes, formatPercent, t } from '../../words/index.js';
import { escapeMarkdown } from './names.js';
import { type Holders, versionFacts, versionLines } from './present-versions.js';

/** A row of a tree, without the editor's classes. */
export interface Row {
  readonly label: string;
  readonly description: string;
  /** Name of a codicon; undefined for the icon of the file. */
  readonly icon: string | undefined;
  /** Tokens that menus match. */
  readonly contextValue: string;
  /** The full text for a screen reader. */
  readonly spoken: string;
}

/** @param unseen number of new files */
export function presentGroup(group: Group, pending: number, unseen = 0): Row {
  const role = roleOf(group);
  const members = group.members === 1 ? t('1 member') : t('{0} members', group.members);
  const waiting = pending === 0 ? '' : pending === 1 ? t('1 request') : t('{0} requests', pending);
  const news = unseen === 0 ? '' : t('{0} new', unseen);
  const description = [news, role, members, waiting].filter((part) => part !== '').join(' · ');
  const icons = { owner: 'organization', member: 'organization', requested: 'watch', none: 'lock' } as const;
  return {
    label: group.groupId,
    description,
    icon: icons[group.standing],
    contextValue: `group:${group.standing}`,
    spoken: `${t('Group {0}', group.groupId)}, ${description}`,
  };
}

/** The row of all groups that this user is not in. */
export function presentOthers(count: number): Row {
  const description = String(count);
  return {
    label: t('Other Groups'),
    description,
    icon: undefined,
    contextValue: 'others',
    spoken: `${t('Other Groups')}, ${description}`,
  };
}

function roleOf({ standing, ownerId }: Group): string {
  switch (standing) {
    case 'owner':
      return t('owner');
    case 'member':
      return t('member');
    case 'requested':
      return t('request sent to {0}', ownerId);
    case 'none':
      return t('owned by {0}', ownerId);
  }
}

export function presentRequest(userId: string, groupId: string): Row {
  return {
    label: userId,
    description: t('asks to join'),
    icon: 'person-add',
    contextValue: 'request',
    spoken: t('{0} asks to join {1}', userId, groupId),
  };
}

/** The state of a group's file on this computer. */
export interface FileSituation {
  readonly share: ShareRecord | undefined;
  /** Its latest listed download. */
  readonly download: DownloadRecord | undefined;
  readonly userId: string | undefined;
  /** Whether this user owns the group. */
  readonly ownsGroup?: boolean;
  /** Whether it was published since the user last looked. */
  readonly isNew?: boolean;
}

export function presentFile(file: SharedFile, situation: FileSituation, nowMs = Date.now()): Row {
  const mine = describeMine(file, situation);
  const sources = sourcesOnline(file);
  const state = situation.share?.state.name ?? 'available';
  const { userId, isNew = false } = situation;
  const news = isNew ? t('new') : '';
  const version = versionFacts(file, userId, nowMs, isNew);
  const parts = [news, ...version, mine.text, describeState(state), formatBytes(file.sizeBytes), sources];
  const description = parts.filter((part) => part !== '').join(' · ');
  const name = lastName(file.fileName);
  return {
    label: name,
    description,
    icon: STATE_ICONS[state],
    contextValue: ['file', mine.token, ...tokensOf(file, situation)].join(':'),
    spoken: `${t('File {0}', name)}, ${description}`,
  };
}

/** `edited`, `behind`: the file here differs from the newest version. `ours`: this user may remove it from the group. */
function tokensOf(file: SharedFile, { share, userId, ownsGroup = false }: FileSituation): string[] {
  const state = share?.state.name;
  return [
    file.completeSources > 0 ? 'online' : 'offline',
    ...(state === 'edited' || state === 'behind' ? [state] : []),
    ...(ownsGroup || file.sharedBy === userId ? ['ours'] : []),
  ];
}

/** Icons of files that are shared from this computer but cannot be had. */
const STATE_ICONS: Readonly<Record<ShareStateName, string | undefined>> = {
  ...{ available: undefined, verifying: undefined, behind: 'history' },
  ...{ edited: 'edit', missing: 'warning', unreadable: 'warning' },
};

/** Empty for a share that is available. */
function describeState(state: ShareStateName): string {
  switch (state) {
    case 'available':
      return '';
    case 'verifying':
      return t('being verified');
    case 'edited':
      return t('edited since it was shared');
    case 'behind':
      return t('newer version in the group');
    case 'missing':
      return t('file is missing');
    case 'unreadable':
      return t('not readable for now');
  }
}

export function sourcesOnline({ completeSources }: SharedFile): string {
  return completeSources === 1 ? t('1 source online') : t('{0} sources online', completeSources);
}

function describeMine(file: SharedFile, situation: FileSituation): { text: string; token: string } {
  const { download, userId } = situation;
  // A deleted copy of another member's file can be downloaded again like any other file.
  const isDeleted = situation.share?.state.name === 'missing' && file.sharedBy !== userId;
  const share = isDeleted ? undefined : situation.share;
  if (share && (file.sharedBy === userId || !download)) {
    return file.sharedBy === userId
      ? { text: t('shared by me'), token: 'shared' }
      : { text: t('downloaded'), token: 'downloaded' };
  }
  switch (download?.state) {
    case undefined:
    case 'cancelled':
      return { text: '', token: 'remote' };
    case 'complete':
      return share ? { text: t('downloaded'), token: 'downloaded' } : { text: '', token: 'remote' };
    case 'paused':
      return { text: t('paused at {0}', percentOf(download)), token: 'paused' };
    case 'failed':
      return { text: t('download failed'), token: 'failed' };
    case 'queued':
      return { text: t('waiting for its turn'), token: 'downloading' };
    case 'starting':
    case 'downloading':
    case 'waiting':
    case 'verifying':
      return { text: t('downloading {0}', percentOf(download)), token: 'downloading' };
  }
}

function percentOf({ doneBytes, sizeBytes }: DownloadRecord): string {
  return formatPercent(doneBytes, sizeBytes);
}

/** Markdown; text from others is escaped. @param holders undefined if they are unknown */
export function fileTooltip(
  file: SharedFile,
  { share, download }: FileSituation,
  locale: string,
  holders?: Holders,
): string {
  const name = escapeMarkdown(file.fileName);
  const sharer = escapeMarkdown(file.sharedBy);
  const since = new Date(file.sharedAtMs).toLocaleString(locale);
  const lines = [
    `**${name}**`,
    t('{0}, shared by {1} on {2}', formatBytes(file.sizeBytes), sharer, escapeMarkdown(since)),
    ...versionLines(file, holders, locale),
    ...(holders
      ? []
      : [t('{0} online with all of it, {1} with some or all', file.completeSources, file.sharersOnline)]),
  ];
  if (share) lines.push(t('On this computer: {0}', escapeMarkdown(share.path)));
  if (share?.state.why !== undefined) lines.push(t('Note: {0}', escapeMarkdown(share.state.why)));
  if (download?.result) lines.push(t('File digest: {0}', `\`${download.result.fileDigest}\``));
  lines.push(t('Content (SHA-256 of its manifest): {0}', `\`${file.manifestId}\``));
  return lines.join('\n\n');
}

/** Markdown. */
export function groupTooltip(group: Group): string {
  return `**${escapeMarkdown(group.groupId)}**\n\n${t('Owned by {0}', escapeMarkdown(group.ownerId))}`;
}
