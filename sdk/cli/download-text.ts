import { formatBytes } from '../index.js';
import type { AnyDownload } from './client.js';
import { count, formatDuration, formatSpeed, percentOf } from './format.js';
import { alignColumns, fit } from './text.js';

const BAR_COLUMNS = 20;
/** What is kept free for bar, percent, speed and time beside a long name. */
const FIGURES_COLUMNS = BAR_COLUMNS + 25;

/** What a download is of; a folder's name ends in a slash. */
export function nameOf(download: AnyDownload): string {
  return 'folder' in download ? `${download.folder}/` : download.fileName;
}

/** Whether a download neither ended nor rests; one that waits for its turn is on its way too. */
export function isInFlight({ state: { name } }: Pick<AnyDownload, 'state'>): boolean {
  return !(name === 'paused' || name === 'complete' || name === 'failed' || name === 'cancelled');
}

/** A download's line in `show_downloads`: `[Q]` waiting for its turn, `[D]` under way, `[C]` complete, `[P]` paused, `[F]` failed. */
export function describeDownload(download: AnyDownload): string {
  const { state, progress } = download;
  const name = `[${download.groupId}] ${nameOf(download)}`;
  switch (state.name) {
    case 'complete':
      return `[C] ${name} ${formatBytes(progress.sizeBytes)} ${state.path}`;
    case 'failed':
      return `[F] ${name} ${state.error.code}: ${state.error.message}`;
    case 'cancelled':
      return `[F] ${name} ABORTED: cancelled`;
    case 'paused':
      return `[P] ${name} ${percentDone(download)}%`;
    case 'queued':
      return `[Q] ${name} ${percentDone(download)}% ${paceOf(download)}`;
    case 'starting':
    case 'downloading':
    case 'waiting':
    case 'verifying':
      return `[D] ${name} ${percentDone(download)}% ${paceOf(download)}`;
  }
}

/** A line of progress each, one below the other: bar, percent, speed, time to go, and the pieces from each source. */
export function progressLines(downloads: readonly AnyDownload[], columns: number): string[] {
  const names = downloads.map((download) => fit(nameOf(download), Math.max(8, columns - FIGURES_COLUMNS)));
  const rows = downloads.map((download, index) => [names[index] ?? '', figuresOf(download)]);
  return alignColumns(rows).map((line) => fit(line, columns));
}

function figuresOf(download: AnyDownload): string {
  const percent = percentDone(download);
  const filled = Math.round((percent / 100) * BAR_COLUMNS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_COLUMNS - filled);
  return `${bar} ${String(percent).padStart(3)}% ${paceOf(download)}${filesOf(download)}${sourcesOf(download)}`;
}

/** One line of progress for a log. */
export function progressText(download: AnyDownload): string {
  return `[${download.groupId}] ${nameOf(download)} ${percentDone(download)}% ${paceOf(download)}${filesOf(download)}${sourcesOf(download)}`;
}

export function percentDone({ progress, state }: Pick<AnyDownload, 'progress' | 'state'>): number {
  // Before the size is known nothing is there yet; an empty file is whole only when it stands.
  if (progress.sizeBytes === 0) return state.name === 'complete' ? 100 : 0;
  return percentOf(progress.doneBytes, progress.sizeBytes);
}

function paceOf({ state, progress }: Pick<AnyDownload, 'progress' | 'state'>): string {
  if (state.name === 'queued') return 'waiting for its turn';
  if (state.name === 'starting') return 'starting';
  if (state.name === 'waiting') return 'waiting for a source';
  if (state.name === 'verifying') return 'verifying';
  const eta = progress.etaMs === undefined ? '' : ` eta ${formatDuration(progress.etaMs)}`;
  return `${formatSpeed(progress.bytesPerSecond)}${eta}`;
}

function filesOf(download: AnyDownload): string {
  if (!('folder' in download)) return '';
  const { doneFiles, failedFiles, fileCount } = download.progress;
  return ` ${doneFiles} of ${count(fileCount, 'file')}${failedFiles > 0 ? `, ${failedFiles} failed` : ''}`;
}

function sourcesOf({ progress }: Pick<AnyDownload, 'progress'>): string {
  const sources = progress.sources.filter((source) => source.pieces > 0 || source.state === 'ready');
  if (sources.length === 0) return '';
  const each = sources.map(
    ({ userId, pieces, state }) => `${userId} ${pieces}${state === 'ready' ? '' : ` (${state})`}`,
  );
  return `  ${count(sources.length, 'source')}: ${each.join(', ')}`;
}
