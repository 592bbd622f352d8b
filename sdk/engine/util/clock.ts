/** Undoes a wait: nothing happens any more. Does nothing once it happened. */
export type Cancel = () => void;

/** Time and timers, as an argument: simulations and tests pass their own. */
export interface Clock {
  /** Milliseconds since 1970, as the system's clock says: it counts while the computer sleeps, and somebody may set it. */
  nowMs(): number;
  /** Milliseconds since an arbitrary moment, for rates: nobody sets it. */
  steadyMs(): number;
  /** Calls `act` once, after `ms`; 0: behind what waits in the event loop now. */
  after(ms: number, act: () => void): Cancel;
  /** Calls `act` again and again, every `ms`. */
  every(ms: number, act: () => void): Cancel;
}

export const SYSTEM_CLOCK: Clock = {
  nowMs: () => Date.now(),
  steadyMs: () => performance.now(),
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
