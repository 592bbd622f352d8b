import type { DownloadSource, SourceId } from './download-source.js';

/** Decisions do not wait longer for a source that is connecting. */
const UNKNOWN_FOR_MS = 2000;

/** All sources by id, the present ones, and the round-robin order. */
export class PeerList {
  readonly #all = new Map<SourceId, DownloadSource>();
  #present: readonly DownloadSource[] = [];
  #turn = 0;

  /** Sources that are neither gone nor banned. */
  get present(): readonly DownloadSource[] {
    return this.#present;
  }

  find(id: SourceId): DownloadSource | undefined {
    return this.#all.get(id);
  }

  /** @throws RangeError for an unknown id */
  get(id: SourceId): DownloadSource {
    const source = this.#all.get(id);
    if (source === undefined) throw new RangeError(`There is no source ${id}`);
    return source;
  }

  enter(source: DownloadSource): void {
    this.#all.set(source.id, source);
    this.#present = [...this.#present, source];
  }

  leave(source: DownloadSource): void {
    this.#present = this.#present.filter((other) => other !== source);
  }

  /** The ready sources, starting with a different one each time. */
  readyInTurn(): readonly DownloadSource[] {
    const ready = this.#present.filter(({ state }) => state.name === 'ready');
    if (ready.length < 2) return ready;
    this.#turn = (this.#turn + 1) % ready.length;
    return [...ready.slice(this.#turn), ...ready.slice(0, this.#turn)];
  }

  /** Whether every source has the whole file. A source that is still connecting may not have it. */
  haveEverything(nowMs: number): boolean {
    return this.#present.every(({ state, has }) =>
      state.name === 'connecting' ? nowMs - state.since > UNKNOWN_FOR_MS : has?.isComplete,
    );
  }

  /** Whether a proven source may have something to deliver. */
  get haveAbler(): boolean {
    return this.#present.some(
      ({ state, pieces, isDoubtful, exhausted }) => state.name === 'ready' && pieces > 0 && !isDoubtful && !exhausted,
    );
  }

  /**
   * Maximum number of `missing` pieces in flight from one source, so that every other source that works, may find work,
   * or is connecting gets as many; at least one. Doubtful sources, which wait for the others, get no share.
   */
  shareOf(missing: number): number {
    const { haveAbler } = this;
    let sharers = 0;
    for (const { state, exhausted, isDoubtful, requests } of this.#present) {
      const mayFind = !exhausted && !(isDoubtful && haveAbler);
      if (state.name === 'connecting' || (state.name === 'ready' && (mayFind || requests.size > 0))) sharers += 1;
    }
    return Math.max(1, Math.ceil(missing / Math.max(1, sharers)));
  }
}
