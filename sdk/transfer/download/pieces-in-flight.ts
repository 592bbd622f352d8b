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
  /** The answers that have begun; none while all who were asked let it wait. */
  readonly answers: readonly Answer[];
}

interface OpenFlight extends Flight {
  readonly sources: DownloadSource[];
  readonly answers: Answer[];
}

/**
 * Which pieces are asked for, and of whom, and which are being checked. Keeps both ends of every request: the piece's sources here, and the source's
 * pieces in {@link DownloadSource.requests}. Pieces are in the order in which they were first asked for.
 */
export class PiecesInFlight {
  readonly #flights = new Map<number, OpenFlight>();
  /** Pieces of which a copy is being checked, and who sent it. */
  readonly #checked = new Map<number, DownloadSource>();

  /** How many pieces are in flight, from however many sources. */
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
   * A source begins to answer, the first time. Ends the other requests for the piece, which wait still, and returns their
   * sources. Where others answer already, it ends the slowest of those that had their time, when there are more than
   * `maxDuplicates` besides this one.
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

  /** Ends one request, if it is there, and says whether it was the piece's last. */
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

  /** A copy of the piece arrived, and is being checked: it is asked of nobody meanwhile. */
  beginCheck(piece: number, source: DownloadSource): void {
    this.#checked.set(piece, source);
  }

  isChecked(piece: number): boolean {
    return this.#checked.has(piece);
  }

  /** A copy was checked that this source sent; whether it is the one that was waited for. */
  endCheck(piece: number, source: DownloadSource): boolean {
    return this.#checked.get(piece) === source && this.#checked.delete(piece);
  }

  /** Ends every request for a piece, and returns the sources that had one. */
  removeAll(piece: number): readonly DownloadSource[] {
    const sources = this.#flights.get(piece)?.sources ?? [];
    this.#flights.delete(piece);
    for (const source of sources) source.requests.delete(piece);
    return sources;
  }

  /** Who is asked for a piece; nobody for one that is being checked: it is here. */
  sourcesOf(piece: number): readonly DownloadSource[] {
    return this.#checked.has(piece) ? [] : (this.#flights.get(piece)?.sources ?? []);
  }

  /** Every piece that is asked for, and of which no copy is being checked. */
  *unchecked(): Iterable<readonly [piece: number, flight: Flight]> {
    for (const entry of this.#flights) if (!this.#checked.has(entry[0])) yield entry;
  }
}
