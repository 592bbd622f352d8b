import { ShoalError } from '../../protocol/index.js';
import { Outcome } from '../util/outcome.js';

/** The promises of a download, of a file or a folder: `started` and `done`, and who settles them when. */
export class TransferLifecycle<Result> {
  readonly #name: string;
  #started = new Outcome<void>();
  #done = new Outcome<Result>();
  #abandonedBy: ShoalError | undefined;

  /** @param name what its user calls it, for errors */
  constructor(name: string) {
    this.#name = name;
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get done(): Promise<Result> {
    return this.#done.promise;
  }

  /** Whether its client signed out or closed: nothing can be done with it any more. */
  get isAbandoned(): boolean {
    return this.#abandonedBy !== undefined;
  }

  /** @throws ShoalError `ABORTED` once it is abandoned */
  requireOwner(): void {
    if (this.#abandonedBy) throw this.#abandonedBy;
  }

  begun(): void {
    this.#started.resolve();
  }

  paused(): void {
    this.#started.reject(new ShoalError('ABORTED', `The download of ${this.#name} is paused.`));
  }

  /** It is taken up again. @param hadFailed whether `done` was rejected */
  restarted(hadFailed: boolean): void {
    this.#started = new Outcome();
    if (hadFailed) this.#done = new Outcome();
  }

  completed(result: Result): void {
    this.#started.resolve();
    this.#done.resolve(result);
  }

  failed(error: ShoalError): void {
    this.#started.reject(error);
    this.#done.reject(error);
  }

  cancelled(): void {
    this.failed(new ShoalError('ABORTED', `The download of ${this.#name} was cancelled.`));
  }

  /** Its client signed out or closed. Returns the error; `failed` rejects both promises with it. */
  abandon(): ShoalError {
    const message = `Nothing more of ${this.#name} comes to this client: sign in, and take it up again.`;
    this.#abandonedBy = new ShoalError('ABORTED', message);
    return this.#abandonedBy;
  }
}

/** How long the rest takes at a speed, in milliseconds; undefined while nothing comes. */
export function etaMsOf(leftBytes: number, bytesPerSecond: number): number | undefined {
  return bytesPerSecond > 0 ? Math.ceil((leftBytes / bytesPerSecond) * 1000) : undefined;
}

export interface Flow {
  readonly bytesPerSecond: number;
  readonly etaMs: number | undefined;
  readonly sources: readonly { readonly bytesPerSecond: number }[];
}

/** The progress of a transfer of which nothing comes any more. */
export function withoutFlow<T extends Flow>(progress: T): T {
  const sources = progress.sources.map((source) => ({ ...source, bytesPerSecond: 0 }));
  return { ...progress, bytesPerSecond: 0, etaMs: undefined, sources };
}
