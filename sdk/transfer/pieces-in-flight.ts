import type { DownloadSource } from './download-source.js';

/**
 * Which pieces are asked for, and of whom. Keeps both ends of every request: the piece's sources here, and the source's
 * pieces in {@link DownloadSource.requests}. Pieces are in the order in which they were first asked for.
 */
export class PiecesInFlight {
  readonly #sources = new Map<number, DownloadSource[]>();

  /** How many pieces are in flight, from however many sources. */
  get size(): number {
    return this.#sources.size;
  }

  has(piece: number): boolean {
    return this.#sources.has(piece);
  }

  add(piece: number, source: DownloadSource, nowMs: number): void {
    source.requests.set(piece, nowMs);
    const sources = this.#sources.get(piece);
    if (sources === undefined) this.#sources.set(piece, [source]);
    else sources.push(source);
  }

  /** Ends one request, if it is there, and says whether it was the piece's last. */
  remove(piece: number, source: DownloadSource): boolean {
    if (!source.requests.delete(piece)) return false;
    const others = this.#sources.get(piece)?.filter((other) => other !== source) ?? [];
    if (others.length > 0) this.#sources.set(piece, others);
    else this.#sources.delete(piece);
    return others.length === 0;
  }

  /** Ends every request for a piece, and returns the sources that had one. */
  removeAll(piece: number): readonly DownloadSource[] {
    const sources = this.#sources.get(piece) ?? [];
    this.#sources.delete(piece);
    for (const source of sources) source.requests.delete(piece);
    return sources;
  }

  /** Who is asked for a piece. */
  sourcesOf(piece: number): readonly DownloadSource[] {
    return this.#sources.get(piece) ?? [];
  }

  /** Of the pieces that `source` has and is not asked for, with fewer than `maxRequests`, the one waiting longest. */
  longestWaitingFor(source: DownloadSource, maxRequests: number): number | undefined {
    for (const [piece, sources] of this.#sources) {
      if (sources.length < maxRequests && source.has?.has(piece) && !source.requests.has(piece)) return piece;
    }
    return undefined;
  }
}
