import type { AccountContext } from './account-context.js';

/**
 * Whether the library has known all shares of this device since it agreed with the tracker: what it lacks was ended here. A new or a
 * rescued library is not complete, because what it lacks may be lost.
 */
export class Completeness {
  readonly #context: AccountContext;
  #isComplete = false;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The library knows all shares of this device that the tracker lists. */
  confirm(): void {
    if (this.#isComplete) return;
    this.#isComplete = true;
    this.#context.onChange({ type: 'complete' });
  }

  /** Records may be lost. */
  doubt(): void {
    this.#isComplete = false;
  }

  /** Applies the change that the library's file contains. */
  apply(): void {
    this.#isComplete = true;
  }
}
