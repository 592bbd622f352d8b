import type { EngineEvent } from '../../engine/index.js';
import type { Download, SourceProgress } from '../api/download.js';
import type { FolderProgress } from '../api/folder-download.js';

type EngineProgress = EngineEvent & { type: 'folderProgress' };

/** How far a folder is: of its small files as the engine tells, of its large ones as their downloads do. */
export class FolderProgressMeter {
  readonly #large = new Set<Download>();
  #doneFiles = 0;
  #failedFiles = 0;
  /** Of files that stood there before, and of large ones that are done. */
  #otherBytes = 0;
  #engine: EngineProgress | undefined;

  /** The engine tells how far the small files are. */
  onProgress(event: EngineProgress): void {
    this.#engine = event;
  }

  /** A file is done; one that the engine fetched is counted by it. */
  done(sizeBytes: number, isFetched: boolean): void {
    this.#doneFiles++;
    if (!isFetched) this.#otherBytes += sizeBytes;
  }

  failed(): void {
    this.#failedFiles++;
  }

  largeBegins(download: Download): void {
    this.#large.add(download);
  }

  largeEnds(download: Download): void {
    this.#large.delete(download);
  }

  /** Whether a large file is on its way. */
  get isLargeUnderWay(): boolean {
    return [...this.#large].some(({ state }) => state.name !== 'waiting' && state.name !== 'paused');
  }

  /** Whether there are large files that are neither done nor failed, on their way or not. */
  get hasLarge(): boolean {
    return this.#large.size > 0;
  }

  /** Whether a large file's digest is compared, which brings no bytes. */
  get isVerifying(): boolean {
    return [...this.#large].some(({ state }) => state.name === 'verifying');
  }

  /** Whether a limit of the client's or the folder's own slows it down. */
  get isLimited(): boolean {
    return this.#engine?.isLimited ?? false;
  }

  get failedFiles(): number {
    return this.#failedFiles;
  }

  get now(): Omit<FolderProgress, 'fileCount' | 'sizeBytes' | 'etaMs'> {
    const large = [...this.#large].map(({ progress }) => progress);
    const sum = (figures: readonly number[]) => figures.reduce((all, one) => all + one, 0);
    return {
      doneFiles: this.#doneFiles,
      failedFiles: this.#failedFiles,
      doneBytes: this.#otherBytes + (this.#engine?.bytes ?? 0) + sum(large.map(({ doneBytes }) => doneBytes)),
      bytesPerSecond: (this.#engine?.bytesPerSecond ?? 0) + sum(large.map(({ bytesPerSecond }) => bytesPerSecond)),
      sources: mergeSources([this.#engine?.sources ?? [], ...large.map(({ sources }) => sources)]),
    };
  }
}

/** What every device gave, to whichever of the folder's files. */
function mergeSources(lists: readonly (readonly SourceProgress[])[]): SourceProgress[] {
  const merged = new Map<string, SourceProgress>();
  for (const source of lists.flat()) {
    const known = merged.get(source.deviceId);
    const { bytes, pieces, bytesPerSecond } = source;
    merged.set(source.deviceId, {
      ...(known?.state === 'banned' ? known : source),
      bytes: bytes + (known?.bytes ?? 0),
      pieces: pieces + (known?.pieces ?? 0),
      bytesPerSecond: bytesPerSecond + (known?.bytesPerSecond ?? 0),
    });
  }
  return [...merged.values()];
}
