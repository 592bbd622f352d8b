/** A download that could go on and does not, for so long, stands still. */
const STILL_MS = 60_000;

/** Notices that a download stands still: nothing is a reason for it, and yet nothing comes. */
export class ProgressWatch {
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Something came, or something that is in order holds the download back. */
  excuse(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** Whether it stands still. Once it was said so, the time begins anew. */
  takeStill(nowMs: number): boolean {
    if (nowMs - this.#sinceMs < STILL_MS) return false;
    this.#sinceMs = nowMs;
    return true;
  }
}
