import type { DownloadLimits } from './download-limits.js';
import type { DownloadSource } from './download-source.js';

export interface Answer {
  readonly source: DownloadSource;
  /** When it began. */
  readonly sinceMs: number;
}

/** The requests for one piece. */
export interface Flight {
  readonly sources: readonly DownloadSource[];
  /** The answers that have begun; none while all asked sources wait. */
  readonly answers: readonly Answer[];
}

interface OpenFlight extends Flight {
  readonly sources: DownloadSource[];
  readonly answers: Answer[];
}

/**
 * The requested pieces with their sources, and the pieces that are being verified. It maintains both ends of every
 * request: the sources of a piece here, and the pieces of a source in {@link DownloadSource.requests}. Pieces are in
 * the order of their first request.
 */
export class PiecesInFlight {
  readonly #flights = new Map<number, OpenFlight>();
  /** Pieces that are being verified, and the sender of the copy. */
  readonly #checked = new Map<number, DownloadSource>();

  /** Number of pieces in flight, from any number of sources. */
  get size(): number {
    return this.#flights.size;
  }

  has(piece: number): boolean {
    return this.#flights.has(piece);
  }

  add(piece: number, source: DownloadSource, nowMs: number): void {
    source.requests.set(piece, nowMs);
    const flight = this.#flights.get(piece);
    if (flight === undefined) this.#flights.set(piece, { sources: [source], answers: [] });
    else flight.sources.push(source);
  }

  /**
   * A source begins its answer. Ends the other requests for the piece that still wait, and returns their sources. If
   * more than `maxDuplicates` others are answering, it ends the slowest of those that exceeded their time.
   */
  begin(
    piece: number,
    source: DownloadSource,
    nowMs: number,
    { maxDuplicates, slowMs }: Pick<DownloadLimits, 'maxDuplicates' | 'slowMs'>,
  ): DownloadSource[] {
    const flight = this.#flights.get(piece);
    if (flight === undefined || !source.requests.has(piece)) return [];
    if (flight.answers.some((answer) => answer.source === source)) return [];
    const leftMs = ({ source: { window, answeredBytes }, sinceMs }: Answer): number =>
      window.msForRest(answeredBytes, sinceMs, nowMs);
    const isFirst = flight.answers.length === 0;
    const hadTime = flight.answers.filter(({ sinceMs }) => nowMs - sinceMs > slowMs);
    const tooMany = Math.max(0, flight.answers.length - maxDuplicates);
    const ended = isFirst
      ? flight.sources.filter((other) => other !== source)
      : hadTime
          .sort((one, other) => leftMs(other) - leftMs(one))
          .slice(0, tooMany)
          .map((answer) => answer.source);
    source.answeredBytes = 0;
    flight.answers.push({ source, sinceMs: nowMs });
    for (const other of ended) this.remove(piece, other);
    return ended;
  }

  /** Ends a request, if it exists. Returns whether it was the last one for the piece. */
  remove(piece: number, source: DownloadSource): boolean {
    if (!source.requests.delete(piece)) return false;
    const flight = this.#flights.get(piece);
    if (flight === undefined) return false;
    flight.sources.splice(flight.sources.indexOf(source), 1);
    const answer = flight.answers.findIndex((one) => one.source === source);
    if (answer >= 0) flight.answers.splice(answer, 1);
    if (flight.sources.length > 0) return false;
    this.#flights.delete(piece);
    return true;
  }

  /** A copy of the piece is being verified, so it is not requested meanwhile. */
  beginCheck(piece: number, source: DownloadSource): void {
    this.#checked.set(piece, source);
  }

  isChecked(piece: number): boolean {
    return this.#checked.has(piece);
  }

  /** The verification of a source's copy ended. Returns whether it was the current one. */
  endCheck(piece: number, source: DownloadSource): boolean {
    return this.#checked.get(piece) === source && this.#checked.delete(piece);
  }

  /** Ends all requests for a piece. Returns their sources. */
  removeAll(piece: number): readonly DownloadSource[] {
    const sources = this.#flights.get(piece)?.sources ?? [];
    this.#flights.delete(piece);
    for (const source of sources) source.requests.delete(piece);
    return sources;
  }

  /** The sources that were asked for a piece; none while it is being verified. */
  sourcesOf(piece: number): readonly DownloadSource[] {
    return this.#checked.has(piece) ? [] : (this.#flights.get(piece)?.sources ?? []);
  }

  /** All requested pieces that are not being verified. */
  *unchecked(): Iterable<readonly [piece: number, flight: Flight]> {
    for (const entry of this.#flights) if (!this.#checked.has(entry[0])) yield entry;
  }
}
