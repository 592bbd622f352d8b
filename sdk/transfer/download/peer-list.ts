import type { DownloadSource, SourceId } from './download-source.js';

/** A source that takes longer to connect to is not waited for before anything is decided. */
const UNKNOWN_FOR_MS = 2000;

/** Who there is to ask: every source by its id, those that are present, and whose turn it is. */
export class PeerList {
  readonly #all = new Map<SourceId, DownloadSource>();
  #present: readonly DownloadSource[] = [];
  #turn = 0;

  /** The sources that are neither gone nor banned. */
  get present(): readonly DownloadSource[] {
    return this.#present;
  }

  find(id: SourceId): DownloadSource | undefined {
    return this.#all.get(id);
  }

  /** @throws RangeError when there never was a source of that id. */
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

  /** The sources that are ready, with a different one first each time. */
  readyInTurn(): readonly DownloadSource[] {
    const ready = this.#present.filter(({ state }) => state.name === 'ready');
    if (ready.length < 2) return ready;
    this.#turn = (this.#turn + 1) % ready.length;
    return [...ready.slice(this.#turn), ...ready.slice(0, this.#turn)];
  }

  /** Whether every source has the whole file; one that was found just now and is being connected to may not have it. */
  haveEverything(nowMs: number): boolean {
    return this.#present.every(({ state, has }) =>
      state.name === 'connecting' ? nowMs - state.since > UNKNOWN_FOR_MS : has?.isComplete,
    );
  }

  /** Whether there is a source that has shown that it gives, and may have something to give. */
  get haveAbler(): boolean {
    return this.#present.some(
      ({ state, pieces, isDoubtful, exhausted }) => state.name === 'ready' && pieces > 0 && !isDoubtful && !exhausted,
    );
  }

  /**
   * How many of `missing` pieces one source may have in flight, so that as many are left for every other that does
   * something, may find something to do, or is still being connected to. At least one. For those that wait until the
   * abler ones find nothing more, nothing is left.
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
