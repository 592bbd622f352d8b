/** Undoes a wait: nothing happens any more. Does nothing once it happened. */
export type Cancel = () => void;

/** Time and timers, as an argument: simulations and tests pass their own. */
export interface Clock {
  /** Milliseconds on a monotonic clock. A change of the system's clock does not affect it. */
  nowMs(): number;
  /** Calls `act` once, after `ms`; 0: behind what waits in the event loop now. */
  after(ms: number, act: () => void): Cancel;
  /** Calls `act` again and again, every `ms`. */
  every(ms: number, act: () => void): Cancel;
}

export const SYSTEM_CLOCK: Clock = {
  // The origin makes the value large from the start: 0 stands for "never" in comparisons of times.
  nowMs: () => performance.timeOrigin + performance.now(),
  after: (ms, act) => {
    if (ms === 0) {
      const immediate = setImmediate(act);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, act) => {
    const timer = setInterval(act, ms);
    return () => clearInterval(timer);
  },
};
