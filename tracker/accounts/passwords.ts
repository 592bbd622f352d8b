import { Worker } from 'node:worker_threads';
import { ShoalError } from '@shoal/sdk/protocol';
import { FairQueue } from '../fair-queue.js';

/**
 * Asks for the hash of a password, or for a comparison with a hash. Without a hash, the comparison takes as long and
 * fails.
 */
export type PasswordOrder =
  | { readonly type: 'hash'; readonly password: string }
  | { readonly type: 'verify'; readonly password: string; readonly hash: string | undefined };

export type PasswordAnswer = { readonly hash: string } | { readonly matches: boolean } | { readonly error: string };

/** Order of work: sign-ins, then sign-ins after a failure, then new accounts. */
export type Urgency = 'signIn' | 'doubtful' | 'signUp';

/** The origin of a password: an address, and one of its connections. */
export interface Asker {
  readonly address: string;
  readonly connection: string;
}

/** Waiting passwords. Beyond it, the connection with the most is refused. */
const MAX_WAITING: Readonly<Record<Urgency, number>> = { signIn: 128, doubtful: 64, signUp: 64 };

/** In each round of this many, each lower priority gets one turn, so that none waits for ever. */
const ROUND = 8;

interface Waiting {
  readonly order: PasswordOrder;
  resolve(answer: PasswordAnswer): void;
  reject(error: Error): void;
}

const FOLDER = import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers';

/** Hashes passwords, and compares them. */
export interface PasswordHasher {
  hash(password: string, asker: Asker, urgency?: Urgency): Promise<string>;

  /** Whether the password is the one of the hash. Without a hash: false, after the same time. */
  verify(password: string, hash: string | undefined, asker: Asker, urgency?: 'signIn' | 'doubtful'): Promise<boolean>;

  close(): Promise<void>;
}

/**
 * Hashes and compares passwords (Argon2id) in a worker thread, one at a time, because each takes much memory. Sign-ins
 * have priority over sign-ups. Within a priority, addresses alternate, and within an address its connections.
 */
export class Passwords implements PasswordHasher {
  readonly #queues: Readonly<Record<Urgency, FairQueue<Waiting>>> = {
    signIn: new FairQueue(),
    doubtful: new FairQueue(),
    signUp: new FairQueue(),
  };
  #underWay: Waiting | undefined;
  #worker: Worker | undefined;
  #served = 0;
  #isClosed = false;

  async hash(password: string, asker: Asker, urgency: Urgency = 'signUp'): Promise<string> {
    const answer = await this.#ask({ type: 'hash', password }, asker, urgency);
    if ('hash' in answer) return answer.hash;
    throw new Error('the password worker answered something else');
  }

  async verify(
    password: string,
    hash: string | undefined,
    asker: Asker,
    urgency: 'signIn' | 'doubtful' = 'signIn',
  ): Promise<boolean> {
    const answer = await this.#ask({ type: 'verify', password, hash }, asker, urgency);
    return 'matches' in answer && answer.matches && hash !== undefined;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rejectAll(stopping());
    await this.#worker?.terminate();
  }

  #ask(order: PasswordOrder, { address, connection }: Asker, urgency: Urgency): Promise<PasswordAnswer> {
    if (this.#isClosed) return Promise.reject(stopping());
    const queue = this.#queues[urgency];
    const answered = new Promise<PasswordAnswer>((resolve, reject) => {
      queue.push(address, connection, { order, resolve, reject });
    });
    if (queue.size > MAX_WAITING[urgency]) {
      const why = 'Too many users are signing in: try again in some seconds.';
      queue.pop()?.reject(new ShoalError('RATE_LIMITED', why));
    }
    this.#next();
    return answered;
  }

  #next(): void {
    if (this.#underWay) return;
    for (const urgency of this.#order()) {
      const waiting = this.#queues[urgency].shift();
      if (!waiting) continue;
      this.#served++;
      this.#underWay = waiting;
      this.#worker ??= this.#start();
      this.#worker.postMessage(waiting.order);
      return;
    }
  }

  #order(): Urgency[] {
    if (this.#served % ROUND === ROUND - 1) return ['signUp', 'doubtful', 'signIn'];
    if (this.#served % ROUND === ROUND / 2 - 1) return ['doubtful', 'signIn', 'signUp'];
    return ['signIn', 'doubtful', 'signUp'];
  }

  #start(): Worker {
    // The worker needs no preloads of the application.
    const worker = new Worker(new URL(`${FOLDER}/password-worker.cjs`, import.meta.url), { execArgv: [] });
    worker.unref();
    worker.on('message', (answer: PasswordAnswer) => {
      const waiting = this.#underWay;
      this.#underWay = undefined;
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer);
      this.#next();
    });
    worker.on('error', (error) => {
      this.#worker = undefined;
      this.#rejectAll(error);
    });
    return worker;
  }

  #rejectAll(error: Error): void {
    this.#underWay?.reject(error);
    this.#underWay = undefined;
    for (const queue of Object.values(this.#queues)) {
      for (let waiting = queue.shift(); waiting; waiting = queue.shift()) waiting.reject(error);
    }
  }
}

function stopping(): ShoalError {
  return new ShoalError('SHUTTING_DOWN', 'The tracker is stopping: try again in a moment.');
}
