import type { ShoalError } from '../../protocol/index.js';

/** A promise with its ends in hand; a rejection that nobody waits for is no fault. */
export class Outcome<T> {
  readonly promise: Promise<T>;
  resolve: (value: T) => void = () => {};
  reject: (error: ShoalError) => void = () => {};

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}
