/** The progress that a claim depends on. */
export interface SlotProgress {
  readonly phase: 'downloading' | 'waiting' | 'verifying';
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  /** Whether a connected source has missing pieces. */
  readonly mayExpect: boolean;
  /** Whether a rate limit of the client or the download slows it down. */
  readonly isLimited: boolean;
}

/** Patience after the last source was lost: it often returns at once. */
const SOURCE_LOST_MS = 5000;
/** Patience while no connected source has missing pieces, or none has answered. */
const NOTHING_TO_HAVE_MS = 15_000;
/** Patience while a source has missing pieces but does not send them. */
const NOTHING_COMES_MS = 60_000;
/** The lowest upload limit that a user can set. A slower download counts as stalled. */
const SLOWEST_BYTES_PER_SECOND = 1000;

/**
 * Whether a running download holds a slot of the queue: while it receives data, and for some time after. A download
 * that waits for a source, or whose sources send nothing, loses its slot.
 */
export class SlotClaim {
  #holds = true;
  #doneBytes: number | undefined;
  #sinceMs: number | undefined;
  /** Whether this run has received data. */
  #moved = false;

  get holds(): boolean {
    return this.#holds;
  }

  /** Processes the engine's progress. @returns whether the claim changed */
  progressed(progress: SlotProgress, nowMs: number): boolean {
    const before = this.#holds;
    this.#sinceMs ??= nowMs;
    if (this.#moves(progress)) {
      this.#moved = true;
      this.#sinceMs = nowMs;
      this.#holds = true;
    } else if (nowMs - this.#sinceMs >= this.#patienceMs(progress)) this.#holds = false;
    this.#doneBytes = progress.doneBytes;
    return this.#holds !== before;
  }

  #moves({ phase, doneBytes, bytesPerSecond, isLimited }: SlotProgress): boolean {
    if (phase === 'verifying' || (this.#doneBytes !== undefined && doneBytes > this.#doneBytes)) return true;
    // A rate that this client limits says nothing about the sources.
    return bytesPerSecond >= (isLimited ? 1 : SLOWEST_BYTES_PER_SECOND);
  }

  #patienceMs({ phase, mayExpect }: SlotProgress): number {
    if (phase === 'waiting') return this.#moved ? SOURCE_LOST_MS : 0;
    return mayExpect ? NOTHING_COMES_MS : NOTHING_TO_HAVE_MS;
  }
}
