import type { ShoalError } from '../../protocol/index.js';

/** A promise with its `resolve` and `reject`. A rejection without a handler is ignored. */
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
