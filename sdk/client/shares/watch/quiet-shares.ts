/** Programs save in several steps. A file is looked at once nothing happened to it for this time, or after the second one. */
export const QUIET_MS = 300;
export const MAX_UNREST_MS = 2000;
const SWEEP_EVERY_MS = 100;

interface Unrest {
  readonly firstMs: number;
  lastMs: number;
}

/** Shares to whose files something happened, until it is quiet around them. */
export class QuietShares<T> {
  readonly #onQuiet: (shares: readonly T[]) => void;
  readonly #unrest = new Map<T, Unrest>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(onQuiet: (shares: readonly T[]) => void) {
    this.#onQuiet = onQuiet;
  }

  add(share: T): void {
    const nowMs = performance.now();
    const known = this.#unrest.get(share);
    if (known) known.lastMs = nowMs;
    else this.#unrest.set(share, { firstMs: nowMs, lastMs: nowMs });
    this.#sweep ??= setInterval(() => this.#look(), SWEEP_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#unrest.clear();
  }

  #look(): void {
    const nowMs = performance.now();
    const quiet: T[] = [];
    for (const [share, { firstMs, lastMs }] of this.#unrest)
      if (nowMs - lastMs >= QUIET_MS || nowMs - firstMs >= MAX_UNREST_MS) quiet.push(share);
    for (const share of quiet) this.#unrest.delete(share);
    if (this.#unrest.size === 0) {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }
    if (quiet.length > 0) this.#onQuiet(quiet);
  }
}
