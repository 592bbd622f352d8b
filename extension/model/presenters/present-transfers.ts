import type { DownloadRecord, UploadRecord } from '../../contract/contract.js';
import { formatBytes, formatDuration, formatPercent, formatSpeed, t, wordError } from '../../words/index.js';
import { escapeMarkdown } from './names.js';
import type { Row } from './present-groups.js';

export function presentDownload(download: DownloadRecord): Row {
  const description = describeDownload(download);
  return {
    label: download.fileName,
    description,
    icon: ICONS[download.state],
    contextValue: `download:${contextOf(download)}`,
    spoken: `${t('Download of {0} from {1}', download.fileName, download.groupId)}, ${description}`,
  };
}

export const ICONS = {
  ...{ queued: 'clock', starting: 'loading~spin', downloading: 'arrow-down', waiting: 'watch', verifying: 'shield' },
  ...{ paused: 'debug-pause', complete: 'pass', failed: 'error', cancelled: 'circle-slash' },
} as const;

export const TOKENS = {
  ...{ queued: 'active', starting: 'active', downloading: 'active', waiting: 'active', verifying: 'active' },
  ...{ paused: 'paused', complete: 'complete', failed: 'failed', cancelled: 'cancelled' },
} as const;

/** What commands depend on. */
export function contextOf({ state }: Pick<DownloadRecord, 'state'>): string {
  return state === 'queued' ? `${TOKENS[state]}:queued` : TOKENS[state];
}

function describeDownload(download: DownloadRecord): string {
  const { state, doneBytes, sizeBytes, bytesPerSecond, etaMs } = download;
  const percent = formatPercent(doneBytes, sizeBytes);
  switch (state) {
    case 'queued':
      return `${percent} · ${t('waiting for its turn')}`;
    case 'starting':
      return t('preparing');
    case 'downloading': {
      const parts = [percent, formatSpeed(bytesPerSecond)];
      if (etaMs !== null && bytesPerSecond > 0) parts.push(t('{0} left', formatDuration(etaMs)));
      parts.push(...sourcesAndLimit(download));
      return parts.join(' · ');
    }
    case 'waiting':
      return `${percent} · ${t('waiting for a source')}`;
    case 'verifying':
      return t('verifying the whole file');
    case 'paused':
      return `${percent} · ${t('paused')}`;
    case 'complete':
      return `${formatBytes(sizeBytes)} · ${t('complete')}`;
    case 'failed':
      return t('failed: {0}', problemOf(download));
    case 'cancelled':
      return t('cancelled');
  }
}

/** The text for a failed download. */
export function problemOf({ error }: DownloadRecord): string {
  return error ? wordError(error).text : '';
}

/** Sources that announced pieces. */
function connectedSources({ sources }: Pick<DownloadRecord, 'sources'>): number {
  return sources.filter(({ state }) => state === 'ready' || state === 'stalled').length;
}

/**
 * Whether a piece without a connected source is certainly unavailable. A complete source that is online has it: it may
 * not be connected yet, and a super-seeding one announces its pieces one after the other.
 * @param completeSources the tracker's count; undefined if it was not asked
 */
export function isHeldKnown(download: Pick<DownloadRecord, 'sources'>, completeSources: number | undefined): boolean {
  return connectedSources(download) > 0 && completeSources === 0;
}

/** From how many sources it comes, and what its own limit is. */
export function sourcesAndLimit(download: Pick<DownloadRecord, 'sources' | 'limitBytesPerSecond'>): string[] {
  const { limitBytesPerSecond: limit } = download;
  return [sourcesOf(download), ...(limit === null ? [] : [t('limited to {0}', formatSpeed(limit))])];
}

function sourcesOf(download: Pick<DownloadRecord, 'sources'>): string {
  const active = connectedSources(download);
  return active === 1 ? t('1 source') : t('{0} sources', active);
}

/** Markdown; text from others is escaped. */
export function downloadTooltip(download: DownloadRecord): string {
  const { fileName, groupId, path, doneBytes, sizeBytes, donePieces, pieceCount, sources, result } = download;
  const lines = [
    `**${escapeMarkdown(fileName)}**`,
    t('From group {0} to {1}', escapeMarkdown(groupId), escapeMarkdown(path)),
    t('{0} of {1}, {2} of {3} pieces', formatBytes(doneBytes), formatBytes(sizeBytes), donePieces, pieceCount),
  ];
  if (download.reusedBytes > 0) lines.push(t('{0} were already on this computer', formatBytes(download.reusedBytes)));
  if (download.error) lines.push(escapeMarkdown(problemOf(download)));
  for (const { userId, bytes, bytesPerSecond } of sources.slice(0, 10))
    lines.push(`- ${escapeMarkdown(userId)}: ${formatBytes(bytes)}, ${formatSpeed(bytesPerSecond)}`);
  if (result) lines.push(t('File digest: {0}', `\`${result.fileDigest}\``));
  return lines.join('\n\n');
}

export function presentUpload(upload: UploadRecord): Row {
  const { fileName, userId, bytes, bytesPerSecond } = upload;
  const description = [t('to {0}', userId), formatSpeed(bytesPerSecond), t('{0} sent', formatBytes(bytes))].join(' · ');
  return {
    label: fileName,
    description,
    icon: 'arrow-up',
    contextValue: 'upload',
    spoken: `${t('Upload of {0}', fileName)}, ${description}`,
  };
}

/** The number of active transfers for the title of the list; '' for none. */
export function presentUnderWay(
  downloads: Iterable<{ readonly state: string }>,
  uploads: Iterable<UploadRecord>,
): string {
  let count = 0;
  for (const { state } of downloads) if (state === 'downloading') count++;
  for (const { bytesPerSecond } of uploads) if (bytesPerSecond > 0) count++;
  return count === 0 ? '' : t('{0} active', count);
}

/** The total speeds in both directions. */
export function totalSpeeds(
  downloads: Iterable<{ readonly bytesPerSecond: number }>,
  uploads: Iterable<UploadRecord>,
): { down: number; up: number } {
  let [down, up] = [0, 0];
  for (const { bytesPerSecond } of downloads) down += bytesPerSecond;
  for (const { bytesPerSecond } of uploads) up += bytesPerSecond;
  return { down, up };
}
