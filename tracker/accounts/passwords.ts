import { Worker } from 'node:worker_threads';
import { ShoalError } from '@shoal/sdk/protocol';

export type PasswordOrder =
  | { readonly id: number; readonly type: 'hash'; readonly password: string }
  | { readonly id: number; readonly type: 'verify'; readonly password: string; readonly hash: string };

export type PasswordAnswer =
  | { readonly id: number; readonly hash: string }
  | { readonly id: number; readonly matches: boolean }
  | { readonly id: number; readonly error: string };

/** Passwords that wait for their turn at most: beyond, people are told to come again. */
const MAX_WAITING = 128;

interface Waiting {
  resolve(answer: PasswordAnswer): void;
  reject(error: Error): void;
}

const FOLDER = import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers';

/** Hashes passwords (Argon2id) and compares them, in a worker thread. */
export class Passwords {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  /** The hash of a password that nobody has: comparing with it takes as long as with a real one. */
  #decoy: Promise<string> | undefined;

  async hash(password: string): Promise<string> {
    const answer = await this.#ask({ type: 'hash', password });
    if ('hash' in answer) return answer.hash;
    throw new Error('the password worker answered something else');
  }

  /** Whether the password is the one of the hash; false, and after just as long, when there is no hash. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const answer = await this.#ask({ type: 'verify', password, hash: hash ?? (await this.#decoyHash()) });
    return 'matches' in answer && answer.matches && hash !== undefined;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#rejectAll(new ShoalError('SHUTTING_DOWN', 'The tracker is stopping: try again in a moment.'));
  }

  /** Made when it is first needed; when that fails, made anew the next time. */
  #decoyHash(): Promise<string> {
    this.#decoy ??= this.hash('\u0000 nobody has this password').catch((error: unknown) => {
      this.#decoy = undefined;
      throw error;
    });
    return this.#decoy;
  }

  #ask(
    order: { type: 'hash'; password: string } | { type: 'verify'; password: string; hash: string },
  ): Promise<PasswordAnswer> {
    if (this.#waiting.size >= MAX_WAITING) {
      throw new ShoalError('RATE_LIMITED', 'Too many people sign in at once: try again in some seconds.');
    }
    const id = this.#nextId++;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...order, id });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #start(): Worker {
    // Nothing that the application had Node load first is of use there.
    const worker = new Worker(new URL(`${FOLDER}/password-worker.cjs`, import.meta.url), { execArgv: [] });
    worker.unref();
    worker.on('message', (answer: PasswordAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer);
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      this.#rejectAll(error);
    });
    return worker;
  }

  #rejectAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
