import type { Clock } from '../../sdk/engine/util/clock.js';
import type { EventQueue } from './event-queue.js';

/** A clock that follows the simulated time. */
export function simClock(queue: EventQueue): Clock {
  return {
    nowMs: () => queue.nowMs,
    after: (ms, act) => {
      let isOn = true;
      queue.in(ms, () => {
        if (isOn) act();
      });
      return () => {
        isOn = false;
      };
    },
    every: (ms, act) => {
      let isOn = true;
      const next = (): void =>
        queue.in(ms, () => {
          if (!isOn) return;
          act();
          next();
        });
      next();
      return () => {
        isOn = false;
      };
    },
  };
}
