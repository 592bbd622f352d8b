import type { EngineEvent } from '../../engine/index.js';
import type { Download, SourceProgress } from '../api/download.js';
import type { FolderProgress } from '../api/folder-download.js';

type EngineProgress = EngineEvent & { type: 'folderProgress' };

/** The progress of a folder: small files as the engine reports them, large files as their downloads do. */
export class FolderProgressMeter {
  readonly #large = new Set<Download>();
  #doneFiles = 0;
  #failedFiles = 0;
  /** Bytes of files that already existed, and of complete large files. */
  #otherBytes = 0;
  #engine: EngineProgress | undefined;

  /** Records the engine's progress of the small files. */
  onProgress(event: EngineProgress): void {
    this.#engine = event;
  }

  /** Counts a complete file. The engine already counts the bytes of files that it downloaded. */
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

  /** Whether a large file is being downloaded. */
  get isLargeUnderWay(): boolean {
    return [...this.#large].some(({ state }) => state.name !== 'waiting' && state.name !== 'paused');
  }

  /** Whether large files are unfinished, waiting ones included. */
  get hasLarge(): boolean {
    return this.#large.size > 0;
  }

  /** Whether the digest of a large file is being compared. No data arrives meanwhile. */
  get isVerifying(): boolean {
    return [...this.#large].some(({ state }) => state.name === 'verifying');
  }

  /** Whether a rate limit of the client or the folder slows it down. */
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

/** Adds up what each device sent for all files of the folder. */
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
