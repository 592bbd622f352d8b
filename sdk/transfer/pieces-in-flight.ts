import type { DownloadSource } from './download-source.js';

interface Flight {
  readonly sources: DownloadSource[];
  /** Who answers, and since when; undefined while all who were asked let it wait. */
  answer: { readonly source: DownloadSource; readonly sinceMs: number } | undefined;
}

/**
 * Which pieces are asked for, and of whom, and which are being checked. Keeps both ends of every request: the piece's sources here, and the source's
 * pieces in {@link DownloadSource.requests}. Pieces are in the order in which they were first asked for.
 */
export class PiecesInFlight {
  readonly #flights = new Map<number, Flight>();
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
    if (flight === undefined) this.#flights.set(piece, { sources: [source], answer: undefined });
    else flight.sources.push(source);
  }

  /**
   * A source begins to answer. Ends the other requests for the piece, which wait still, and returns their sources; none
   * when another one answers already.
   */
  begin(piece: number, source: DownloadSource, nowMs: number): DownloadSource[] {
    const flight = this.#flights.get(piece);
    if (flight === undefined || flight.answer !== undefined || !source.requests.has(piece)) return [];
    flight.answer = { source, sinceMs: nowMs };
    const others = flight.sources.filter((other) => other !== source);
    for (const other of others) other.requests.delete(piece);
    flight.sources.splice(0, flight.sources.length, source);
    return others;
  }

  /** Ends one request, if it is there, and says whether it was the piece's last. */
  remove(piece: number, source: DownloadSource): boolean {
    if (!source.requests.delete(piece)) return false;
    const flight = this.#flights.get(piece);
    if (flight === undefined) return false;
    flight.sources.splice(flight.sources.indexOf(source), 1);
    if (flight.answer?.source === source) flight.answer = undefined;
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

  /**
   * Of the pieces that `source` has and is not asked for, not being checked, with fewer than `maxRequests`, the one waiting longest: one that
   * nobody answers, or whose answer began before `begunBeforeMs`.
   */
  longestWaitingFor(source: DownloadSource, maxRequests: number, begunBeforeMs: number): number | undefined {
    for (const [piece, { sources, answer }] of this.#flights) {
      if (this.#checked.has(piece)) continue;
      if (answer !== undefined && answer.sinceMs >= begunBeforeMs) continue;
      if (sources.length < maxRequests && source.has?.has(piece) && !source.requests.has(piece)) return piece;
    }
    return undefined;
  }
}
