import { formatBytes, type PeerPath, type SourceProgress } from '../../index.js';
import type { AnyDownload, PeerClient } from '../client.js';
import { count, formatDuration, formatSpeed, percentOf } from './format.js';

/** The name of a download; that of a folder ends in a slash. */
export function nameOf(download: AnyDownload): string {
  return 'folder' in download ? `${download.folder}/` : download.fileName;
}

/** Whether a download is running or queued. */
export function isInFlight({ state: { name } }: Pick<AnyDownload, 'state'>): boolean {
  return !(name === 'paused' || name === 'complete' || name === 'failed' || name === 'cancelled');
}

type Downloads = Pick<PeerClient, 'downloads' | 'folderDownloads'>;

/** Downloads of files, then of folders, in whatever state. */
export function allDownloads(client: Downloads): AnyDownload[] {
  return [...client.downloads(), ...client.folderDownloads()];
}

/** Downloads on their way, each folder as one. */
export function underWay(client: Downloads): AnyDownload[] {
  return allDownloads(client).filter(isInFlight);
}

/** `2 downloads`, `1 folder`, `1 download and 1 folder`. */
export function countDownloads(downloads: readonly AnyDownload[]): string {
  const folders = downloads.filter((download) => 'folder' in download).length;
  const files = downloads.length - folders;
  return [files > 0 || folders === 0 ? count(files, 'download') : '', folders > 0 ? count(folders, 'folder') : '']
    .filter((part) => part !== '')
    .join(' and ');
}

/** What is unfinished when the user leaves; empty if nothing is. */
export function leavingText(client: Downloads & Pick<PeerClient, 'uploads'>): string {
  const [downloads, uploads] = [underWay(client), client.uploads().length];
  const parts = [
    downloads.length > 0 ? `${countDownloads(downloads)} unfinished, resuming at the next login` : '',
    uploads > 0 ? `${count(uploads, 'upload')} unfinished, continuing when this device is back` : '',
  ];
  return parts.filter((part) => part !== '').join('; ');
}

/**
 * The line of a download in `show_downloads`: `[Q]` queued, `[D]` downloading, `[C]` complete, `[P]` paused, `[F]`
 * failed.
 */
export function describeDownload(download: AnyDownload): string {
  const { state, progress } = download;
  const name = `[${download.groupId}] ${nameOf(download)}`;
  switch (state.name) {
    case 'complete':
      return `[C] ${name} ${formatBytes(progress.sizeBytes)}${reusedText(download)} ${state.path}`;
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
      return `[D] ${name} ${percentDone(download)}% ${paceOf(download)}${waysText(download)}${reusedText(download)}`;
  }
}

/** A line of progress for a log. */
function progressText(download: AnyDownload): string {
  const { figures, sources } = figuresOf(download);
  return `[${download.groupId}] ${nameOf(download)} ${figures}${sources}`;
}

/** The figures of a download, and its pieces by source. */
export function figuresOf(download: AnyDownload): { figures: string; sources: string } {
  const sources = download.progress.sources.filter(({ pieces, state }) => pieces > 0 || state === 'ready');
  const each = sources.map(
    ({ userId, pieces, state }) => `${userId} ${pieces}${state === 'ready' ? '' : ` (${state})`}`,
  );
  const number = sources.length === 0 ? '' : `  ${count(sources.length, 'source')}`;
  return {
    figures: `${percentDone(download)}% ${paceOf(download)}${filesOf(download)}${number}`,
    sources: sources.length === 0 ? '' : `: ${each.join(', ')}`,
  };
}

/** A line of progress for all running downloads: the details of a single one, or the sum of several. */
export function progressSummary(inFlight: readonly AnyDownload[]): string {
  const [first, ...others] = inFlight;
  if (!first) return 'no download is running';
  if (others.length === 0) return progressText(first);
  const sum = (figure: (download: AnyDownload) => number) =>
    inFlight.reduce((total, download) => total + figure(download), 0);
  const inState = (name: AnyDownload['state']['name']) => sum(({ state }) => (state.name === name ? 1 : 0));
  const [doneBytes, sizeBytes] = [sum(({ progress }) => progress.doneBytes), sum(({ progress }) => progress.sizeBytes)];
  const bytesPerSecond = sum(({ progress }) => progress.bytesPerSecond);
  const [stuck, queued] = [inState('waiting'), inState('queued')];
  const etaMs = stuck === 0 && bytesPerSecond > 0 ? ((sizeBytes - doneBytes) / bytesPerSecond) * 1000 : undefined;
  const waiting = [stuck > 0 ? `${stuck} waiting for a source` : '', queued > 0 ? `${queued} waiting for a turn` : ''];
  return [
    `${count(inFlight.length, 'download')}: ${sizeBytes === 0 ? 0 : percentOf(doneBytes, sizeBytes)}%`,
    ` of ${formatBytes(sizeBytes)}, ${speedOf(bytesPerSecond, etaMs)}`,
    ...waiting.map((part) => part && `, ${part}`),
  ].join('');
}

export function percentDone({ progress, state }: Pick<AnyDownload, 'progress' | 'state'>): number {
  // Until the size is known, there is no data. An empty file is done only when it is complete.
  if (progress.sizeBytes === 0) return state.name === 'complete' ? 100 : 0;
  return percentOf(progress.doneBytes, progress.sizeBytes);
}

/** The cells of a source in `show_sources`: who, what came from it, how fast, the way to it, and why it is this way. */
export function sourceCells(source: SourceProgress): string[] {
  const { userId, deviceId, state, bytes, bytesPerSecond, path, cameBy, why = '' } = source;
  const shown = path === 'none' ? cameBy : path;
  const way = shown === undefined ? 'no connection' : WAYS[shown];
  const rate = state === 'ready' ? formatSpeed(bytesPerSecond) : SOURCE_STATES[state];
  return [userId, deviceId.slice(0, 12), formatBytes(bytes), rate, way, why];
}

const SOURCE_STATES: Readonly<Record<Exclude<SourceProgress['state'], 'ready'>, string>> = {
  connecting: 'connecting',
  stalled: 'not answering',
  gone: 'disconnected',
  banned: 'not used again',
};

const WAYS: Readonly<Record<Exclude<PeerPath, 'none'>, string>> = {
  lan: 'the own network',
  direct: 'direct connections',
  back: 'connections from the other side',
  punched: 'connections through both routers',
  relay: 'the relay',
};

/** The ways to the sources; without any, why there is none. */
function waysText({ progress: { sources } }: Pick<AnyDownload, 'progress'>): string {
  const paths = new Set(sources.map(({ path }) => path));
  const ways = (['lan', 'direct', 'back', 'punched', 'relay'] as const).filter((path) => paths.has(path));
  if (ways.length > 0) return ` over ${ways.map((path) => WAYS[path]).join(', ')}`;
  const apart = sources.find(({ why }) => why !== undefined);
  if (!apart) return '';
  return ` (${[apart.userId, ...(apart.code === undefined ? [] : [apart.code]), apart.why].join(': ')})`;
}

/** How much of a download was on this device already. */
function reusedText(download: AnyDownload): string {
  if ('folder' in download || download.progress.reusedBytes === 0) return '';
  return ` (${formatBytes(download.progress.reusedBytes)} were here already)`;
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
