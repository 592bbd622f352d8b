import type { GuessLimits } from '../accounts/guesses.js';
import type { Rate } from '../server/budgets/limits.js';

/** Limits that hold at all nodes together. They cost a round trip, so that only rare requests use them. */
export interface SharedLimits {
  readonly guesses: GuessLimits;
  /** Takes an amount from a budget, or nothing; returns how long it takes until the amount is there: 0 if it was taken. */
  take(key: string, rate: Rate, amount: number): Promise<number>;
  /** Takes one of so many slots for a time. Returns whether one was free. */
  takeSlot(key: string, holder: string, slots: number, ms: number): Promise<boolean>;
  /** Frees a slot before its time is over. */
  freeSlot(key: string, holder: string): Promise<void>;
  /** Number of devices of a user, except one, that are signed in at other nodes. */
  devicesElsewhere(userId: string, exceptDeviceId: string): Promise<number>;
}
