/** Seconds in the chart. */
export const HISTORY_SECONDS = 300;

/** The history that is kept while the panel is hidden. */
export interface SavedHistory {
  /** Time of the last value, in seconds since 1970. */
  readonly lastSecond: number;
  /** Bytes per second, one value a second, oldest first; null without data. */
  readonly values: readonly (number | null)[];
}

/** The speeds of the last five minutes: the mean of each second. */
export class SpeedHistory {
  #lastSecond = 0;
  #values: (number | null)[] = [];
  #heard = 0;

  /** Oldest first, at most `HISTORY_SECONDS`; null without data. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  get peak(): number {
    let peak = 0;
    for (const value of this.#values) if (value !== null && value > peak) peak = value;
    return peak;
  }

  add(now: number, bytesPerSecond: number): void {
    if (!Number.isFinite(bytesPerSecond) || bytesPerSecond < 0) return;
    const second = Math.floor(now / 1000);
    const passed = this.#values.length === 0 ? HISTORY_SECONDS : second - this.#lastSecond;
    if (passed <= 0 && -passed < HISTORY_SECONDS) {
      const index = this.#values.length - 1;
      const mean = this.#values[index] ?? 0;
      this.#heard += 1;
      this.#values[index] = mean + (bytesPerSecond - mean) / this.#heard;
      return;
    }
    if (Math.abs(passed) >= HISTORY_SECONDS) this.#values = [];
    else for (let missed = 1; missed < passed; missed += 1) this.#values.push(null);
    this.#values.push(bytesPerSecond);
    this.#values.splice(0, this.#values.length - HISTORY_SECONDS);
    this.#lastSecond = second;
    this.#heard = 1;
  }

  save(): SavedHistory {
    return { lastSecond: this.#lastSecond, values: this.#values.map((value) => value && Math.round(value)) };
  }

  static restore(saved: SavedHistory): SpeedHistory {
    const history = new SpeedHistory();
    history.#values = saved.values.slice(-HISTORY_SECONDS);
    history.#lastSecond = saved.lastSecond;
    history.#heard = 1;
    return history;
  }
}

const SCALE_STEPS = [1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 800];

/** The round upper end of a scale for a speed, easy to halve: 1, 2, 4, 6, 8, 10 … of a binary unit. */
export function scaleEnd(bytesPerSecond: number): number {
  for (let unit = 1024; ; unit *= 1024) {
    for (const steps of SCALE_STEPS) {
      if (steps * unit >= bytesPerSecond || steps * unit > Number.MAX_SAFE_INTEGER) return steps * unit;
    }
  }
}
