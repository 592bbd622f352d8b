import { type Clock, SYSTEM_CLOCK } from '../../sdk/engine/util/clock.js';

/** The system's time, accelerated by a factor, for code that waits whole seconds. */
export function fastClock(speed: number): Clock {
  const startMs = SYSTEM_CLOCK.nowMs();
  return {
    nowMs: () => startMs + (SYSTEM_CLOCK.nowMs() - startMs) * speed,
    after: (ms, act) => SYSTEM_CLOCK.after(ms / speed, act),
    every: (ms, act) => SYSTEM_CLOCK.every(ms / speed, act),
  };
}
