import { lastName, type ShoalError } from '@shoal/sdk/protocol';
import type { FolderPollingRecord, FolderRecord, SharedFolderRecord } from '../../contract/contract.js';
import { formatBytes, formatDuration, formatPercent, formatSpeed, t, wordError } from '../../words/index.js';
import type { FolderFigures } from '../tree/file-folders.js';
import { escapeMarkdown } from './names.js';
import type { Row } from './present-groups.js';
import { contextOf, ICONS, sourcesAndLimit } from './present-transfers.js';

/** The state of a group's folder on this computer. */
export interface FolderSituation {
  /** Number of its files that are here and shared. */
  readonly sharedFiles: number;
  /** Its latest listed download. */
  readonly download: FolderRecord | undefined;
  /** Undefined if it is not shared as a whole. */
  readonly share?: Pick<SharedFolderRecord, 'path' | 'watch'> | undefined;
  /** Why what has changed in it could not be shared the last time, if it is watched. */
  readonly problem?: ShoalError | undefined;
  /** How changes are noticed where it is not watched. */
  readonly polling?: FolderPollingRecord | undefined;
}

export function presentFolder(folder: string, figures: FolderFigures, situation: FolderSituation): Row {
  const mine = describeMine(figures, situation);
  const { sharedFiles, share } = situation;
  // All of a watched folder is on this computer, unless others add to it.
  const here = share?.watch && mine.token === 'here' ? '' : mine.text;
  const watch = share?.watch ? t('kept up to date') : '';
  const parts = [here, watch, filesOf(figures.files), formatBytes(figures.bytes)];
  const description = parts.filter((part) => part !== '').join(' · ');
  const name = lastName(folder);
  return {
    label: name,
    description,
    icon: undefined,
    contextValue: [
      ...['folder', mine.token, sharedFiles > 0 ? 'shared' : 'unshared'],
      ...(share ? [share.watch ? 'watched' : 'unwatched'] : []),
    ].join(':'),
    spoken: `${t('Folder {0}', name)}, ${description}`,
  };
}

function describeMine(
  { files }: FolderFigures,
  { sharedFiles, download }: FolderSituation,
): { text: string; token: string } {
  switch (download?.state) {
    case 'queued':
      return { text: t('waiting for its turn'), token: 'downloading' };
    case 'starting':
    case 'downloading':
    case 'waiting':
      return { text: t('downloading {0}', percentOf(download)), token: 'downloading' };
    case 'paused':
      return { text: t('paused at {0}', percentOf(download)), token: 'paused' };
    case 'failed':
      return { text: t('download failed'), token: 'failed' };
    case undefined:
    case 'complete':
    case 'cancelled':
      if (sharedFiles === 0) return { text: '', token: 'remote' };
      if (sharedFiles < files) return { text: t('{0} on this computer', sharedFiles), token: 'remote' };
      return { text: t('on this computer'), token: 'here' };
  }
}

/** Markdown; text from others is escaped. */
export function folderTooltip(
  folder: string,
  { files, bytes }: FolderFigures,
  { sharedFiles, share, problem, polling }: FolderSituation,
): string {
  const lines = [`**${escapeMarkdown(folder)}**`, `${filesOf(files)}, ${formatBytes(bytes)}`];
  if (sharedFiles > 0) lines.push(t('Shared by this computer: {0}', filesOf(sharedFiles)));
  if (share) lines.push(t('On this computer: {0}', escapeMarkdown(share.path)));
  if (share?.watch) lines.push(t('Kept up to date: later changes in it are shared too.'));
  if (share?.watch && polling) lines.push(pollingText(polling));
  if (problem) lines.push(t('Not up to date for now: {0}', escapeMarkdown(wordError(problem).text)));
  return lines.join('\n\n');
}

function pollingText({ reason, folders, everyMs }: FolderPollingRecord): string {
  const how = t(
    'Folders in it that are not watched: {0}. Changes in them are looked for every {1}.',
    folders,
    formatDuration(everyMs),
  );
  switch (reason) {
    case 'network-disk':
      return `${how} ${t('It is on a network disk, which does not report what others change.')}`;
    case 'too-many-folders':
      return `${how} ${t('Shoal watches no more folders at the same time: share a smaller one, or keep fewer up to date.')}`;
    case 'no-watch-left':
      return `${how} ${t('The system has no watch left: raise its limit (on Linux fs.inotify.max_user_watches).')}`;
    case 'refused':
      return `${how} ${t('The system does not watch them.')}`;
  }
}

export function presentFolderDownload(download: FolderRecord): Row {
  const description = describeDownload(download);
  return {
    label: download.folder,
    description,
    icon: download.state === 'downloading' ? 'folder' : ICONS[download.state],
    contextValue: `folderDownload:${contextOf(download)}`,
    spoken: `${t('Download of folder {0} from {1}', download.folder, download.groupId)}, ${description}`,
  };
}

function describeDownload(download: FolderRecord): string {
  const { state, doneFiles, fileCount, sizeBytes, bytesPerSecond, etaMs } = download;
  const progress = [percentOf(download), t('{0} of {1} files', doneFiles, fileCount)];
  switch (state) {
    case 'queued':
      return [...progress, t('waiting for its turn')].join(' · ');
    case 'starting':
      return t('preparing');
    case 'downloading': {
      const parts = [...progress, formatSpeed(bytesPerSecond)];
      if (etaMs !== null && bytesPerSecond > 0) parts.push(t('{0} left', formatDuration(etaMs)));
      parts.push(...sourcesAndLimit(download));
      return parts.join(' · ');
    }
    case 'waiting':
      return [...progress, t('waiting for a source')].join(' · ');
    case 'paused':
      return [...progress, t('paused')].join(' · ');
    case 'complete':
      return [filesOf(fileCount), formatBytes(sizeBytes), t('complete'), ...keptOf(download)].join(' · ');
    case 'failed':
      return t('failed: {0}', folderProblem(download));
    case 'cancelled':
      return t('cancelled');
  }
}

/** The text for a failed folder download. */
export function folderProblem({ error, failedFiles, fileCount }: FolderRecord): string {
  if (!error) return '';
  if (error.code === 'FOLDER_INCOMPLETE') return t('{0} of {1} files missing', failedFiles, fileCount);
  return wordError(error).text;
}

/** Markdown; text from others is escaped. */
export function folderDownloadTooltip(download: FolderRecord): string {
  const { folder, groupId, path, doneBytes, sizeBytes, doneFiles, fileCount, failures = [], kept = [] } = download;
  const lines = [
    `**${escapeMarkdown(folder)}**`,
    t('From group {0} to {1}', escapeMarkdown(groupId), escapeMarkdown(path)),
    t('{0} of {1}, {2} of {3} files', formatBytes(doneBytes), formatBytes(sizeBytes), doneFiles, fileCount),
  ];
  if (download.error) lines.push(escapeMarkdown(folderProblem(download)));
  for (const failure of failures.slice(0, 10))
    lines.push(`- ${escapeMarkdown(failure.fileName)}: ${escapeMarkdown(wordError(failure).text)}`);
  for (const { fileName, why } of kept.slice(0, 10)) {
    const name = escapeMarkdown(fileName);
    const edited = why === 'edited';
    lines.push(
      `- ${edited ? t('{0} was edited here and is left alone', name) : t('{0} was removed from the group and is still here', name)}`,
    );
  }
  return lines.join('\n\n');
}

export function filesOf(count: number): string {
  return count === 1 ? t('1 file') : t('{0} files', count);
}

/** How many files are left alone, if there are any. */
function keptOf({ changes: { edited, removed } }: FolderRecord): string[] {
  return edited + removed > 0 ? [t('{0} files left alone', edited + removed)] : [];
}

function percentOf({ doneBytes, sizeBytes }: FolderRecord): string {
  return formatPercent(doneBytes, sizeBytes);
}
