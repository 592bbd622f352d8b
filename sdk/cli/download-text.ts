import { sep } from 'node:path';
import { type FolderDownload, formatBytes } from '../index.js';
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

/** Progress in so many lines at most: of each download, those that move first, and of all in sum where there are more. */
export function progressBoard(inFlight: readonly AnyDownload[], columns: number, mostLines: number): string[] {
  if (inFlight.length <= mostLines) return progressLines(inFlight, columns);
  const rank = ({ state }: AnyDownload) => (state.name === 'downloading' || state.name === 'verifying' ? 0 : 1);
  const shown = inFlight.toSorted((one, other) => rank(one) - rank(other)).slice(0, Math.max(0, mostLines - 1));
  return [...progressLines(shown, columns), fit(progressSummary(inFlight), columns)].slice(0, mostLines);
}

/** A line of progress each, one below the other: bar, percent, speed, time to go, and the pieces from each source. */
function progressLines(downloads: readonly AnyDownload[], columns: number): string[] {
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
function progressText(download: AnyDownload): string {
  return `[${download.groupId}] ${nameOf(download)} ${percentDone(download)}% ${paceOf(download)}${filesOf(download)}${sourcesOf(download)}`;
}

/** One line of progress for all downloads under way: of a single one in detail, of several in sum. */
export function progressSummary(inFlight: readonly AnyDownload[]): string {
  const folders = inFlight.filter((download) => 'folder' in download);
  const wholes = inFlight.filter((download) => !folders.some((folder) => isPartOf(download, folder)));
  const [first, ...others] = wholes;
  if (!first) return 'no download under way';
  if (others.length === 0) return progressText(first);
  const sum = (figure: (download: AnyDownload) => number) =>
    wholes.reduce((total, download) => total + figure(download), 0);
  const inState = (name: AnyDownload['state']['name']) => sum(({ state }) => (state.name === name ? 1 : 0));
  const [doneBytes, sizeBytes] = [sum(({ progress }) => progress.doneBytes), sum(({ progress }) => progress.sizeBytes)];
  const bytesPerSecond = sum(({ progress }) => progress.bytesPerSecond);
  const [stuck, queued] = [inState('waiting'), inState('queued')];
  const etaMs = stuck === 0 && bytesPerSecond > 0 ? ((sizeBytes - doneBytes) / bytesPerSecond) * 1000 : undefined;
  const waiting = [stuck > 0 ? `${stuck} waiting for a source` : '', queued > 0 ? `${queued} waiting for a turn` : ''];
  return [
    `${count(wholes.length, 'download')} under way: ${sizeBytes === 0 ? 0 : percentOf(doneBytes, sizeBytes)}%`,
    ` of ${formatBytes(sizeBytes)}, ${speedOf(bytesPerSecond, etaMs)}`,
    ...waiting.map((part) => part && `, ${part}`),
  ].join('');
}

/** Whether a download is of one of a folder's files, which the folder's own figures count. */
export function isPartOf(download: AnyDownload, whole: FolderDownload): boolean {
  if ('folder' in download) return false;
  return download.groupId === whole.groupId && download.path.startsWith(`${whole.path}${sep}`);
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
  return speedOf(progress.bytesPerSecond, progress.etaMs);
}

function speedOf(bytesPerSecond: number, etaMs: number | undefined): string {
  return `${formatSpeed(bytesPerSecond)}${etaMs === undefined ? '' : ` eta ${formatDuration(etaMs)}`}`;
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
