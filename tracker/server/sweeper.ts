import type { Logger } from 'pino';
import type { Store } from '../store/store.js';

/** Between two sweeps. */
export const SWEEP_EVERY_MS = 10 * 60_000;
const UNUSED_MANIFEST_MS = 3_600_000;

/** Removes from the store what nobody needs any more, one sweep at a time. */
export class Sweeper {
  readonly #store: Pick<Store, 'sweep'>;
  readonly #log: Pick<Logger, 'error'>;
  #isSweeping = false;

  constructor(store: Pick<Store, 'sweep'>, log: Pick<Logger, 'error'>) {
    this.#store = store;
    this.#log = log;
  }

  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      await this.#store.sweep(Date.now(), Date.now() - UNUSED_MANIFEST_MS);
    } catch (error) {
      this.#log.error({ err: error }, 'the sweep failed');
    } finally {
      this.#isSweeping = false;
    }
  }
}
