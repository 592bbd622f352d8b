/** What a claim depends on. */
export interface SlotProgress {
  readonly phase: 'downloading' | 'waiting' | 'verifying';
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
  /** Whether anyone who is connected has what is missing. */
  readonly mayExpect: boolean;
  /** Whether a limit of this client's or the download's own slows it down. */
  readonly isLimited: boolean;
}

/** A source that was lost a moment ago is often back at once. */
const SOURCE_LOST_MS = 5000;
/** Nobody who is connected has what is missing, or nobody has answered yet. */
const NOTHING_TO_HAVE_MS = 15_000;
/** Somebody has what is missing, and does not give it. */
const NOTHING_COMES_MS = 60_000;
/** The lowest limit that anyone may set for uploads: slower is as good as nothing. */
const SLOWEST_BYTES_PER_SECOND = 1000;

/**
 * Whether a download that is under way holds one of the slots of the queue: as long as something comes, and for a moment after. One that
 * waits for a source holds none, nor does one whose sources give nothing.
 */
export class SlotClaim {
  #holds = true;
  #doneBytes: number | undefined;
  #sinceMs: number | undefined;
  /** Whether anything came in this try. */
  #moved = false;

  get holds(): boolean {
    return this.#holds;
  }

  /** Takes what the engine tells; whether the claim changed. */
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
    // What a limit of one's own slows down is no fault of its sources.
    return bytesPerSecond >= (isLimited ? 1 : SLOWEST_BYTES_PER_SECOND);
  }

  #patienceMs({ phase, mayExpect }: SlotProgress): number {
    if (phase === 'waiting') return this.#moved ? SOURCE_LOST_MS : 0;
    return mayExpect ? NOTHING_COMES_MS : NOTHING_TO_HAVE_MS;
  }
}
