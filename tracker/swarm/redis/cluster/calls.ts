import { ShoalError } from '@shoal/sdk/protocol';
import type { Cluster } from 'ioredis';
import type { Keys } from './keys.js';
import type { Script } from './scripts.js';

/** Time for one answer. A request never waits longer for the cluster. */
const ANSWER_MS = 2000;
/** Commands without an answer. Beyond it, further ones fail at once. */
const MAX_PENDING = 10_000;

/** Commands to the cluster, bounded in time and number. */
export class Calls {
  readonly cluster: Cluster;
  readonly keys: Keys;
  readonly #onTrouble: (what: string, error?: unknown) => void;
  #pending = 0;

  /** @param onTrouble called when something else is done because the cluster does not answer */
  constructor(cluster: Cluster, keys: Keys, onTrouble: (what: string, error?: unknown) => void) {
    this.cluster = cluster;
    this.keys = keys;
    this.#onTrouble = onTrouble;
  }

  /** Runs a command. @throws ShoalError `SWARM_UNREACHABLE` */
  async ask<T>(command: (cluster: Cluster) => Promise<T>): Promise<T> {
    if (this.#pending >= MAX_PENDING) throw away('it is too slow');
    this.#pending++;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(away('no answer in time')), ANSWER_MS);
    });
    const asked = command(this.cluster).finally(() => this.#pending--);
    try {
      return await Promise.race([asked, late]);
    } catch (error) {
      asked.catch(() => {}); // it may fail later
      if (error instanceof ShoalError) throw error;
      throw away(error instanceof Error ? error.message : String(error), error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks for something; if the cluster does not answer, the result is what this node knows. */
  async orElse<T>(ask: () => Promise<T>, known: () => T | Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ShoalError) || error.code !== 'SWARM_UNREACHABLE') throw error;
      this.#onTrouble('the cluster does not answer', error);
      return known();
    }
  }

  /** Runs a script, and hands it over first where it is not known. @throws ShoalError `SWARM_UNREACHABLE` */
  run({ lua, sha }: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    return this.ask(async (cluster) => {
      try {
        return await cluster.evalsha(sha, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return cluster.eval(lua, keys.length, ...keys, ...args);
      }
    });
  }
}

function away(why: string, cause?: unknown): ShoalError {
  return new ShoalError('SWARM_UNREACHABLE', `The Redis Cluster does not answer (${why}): try again in a moment.`, {
    cause,
  });
}
