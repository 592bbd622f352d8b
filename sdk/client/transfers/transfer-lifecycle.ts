import { ShoalError } from '../../protocol/index.js';
import { Outcome } from '../util/outcome.js';

/** The promises `started` and `done` of a file or folder download. */
export class TransferLifecycle<Result> {
  readonly #name: string;
  #started = new Outcome<void>();
  #done = new Outcome<Result>();
  #abandonedBy: ShoalError | undefined;

  /** @param name name of the file or folder, for errors */
  constructor(name: string) {
    this.#name = name;
  }

  get started(): Promise<void> {
    return this.#started.promise;
  }

  get done(): Promise<Result> {
    return this.#done.promise;
  }

  /** Whether the client signed out or closed, so that the download cannot continue. */
  get isAbandoned(): boolean {
    return this.#abandonedBy !== undefined;
  }

  /** @throws ShoalError `ABORTED` once the download is abandoned */
  requireOwner(): void {
    if (this.#abandonedBy) throw this.#abandonedBy;
  }

  begun(): void {
    this.#started.resolve();
  }

  paused(): void {
    this.#started.reject(new ShoalError('ABORTED', `The download of ${this.#name} is paused.`));
  }

  /** The download is resumed. @param hadFailed whether `done` was rejected */
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

  /** The client signed out or closed. Returns the error, with which `failed` rejects both promises. */
  abandon(): ShoalError {
    const message = `Nothing more of ${this.#name} comes to this client: sign in, and take it up again.`;
    this.#abandonedBy = new ShoalError('ABORTED', message);
    return this.#abandonedBy;
  }
}

/** Remaining time in milliseconds at a rate; undefined if the rate is 0. */
export function etaMsOf(leftBytes: number, bytesPerSecond: number): number | undefined {
  return bytesPerSecond > 0 ? Math.ceil((leftBytes / bytesPerSecond) * 1000) : undefined;
}

export interface Flow {
  readonly bytesPerSecond: number;
  readonly etaMs: number | undefined;
  readonly sources: readonly { readonly bytesPerSecond: number }[];
}

/** The progress of a transfer that receives nothing. */
export function withoutFlow<T extends Flow>(progress: T): T {
  const sources = progress.sources.map((source) => ({ ...source, bytesPerSecond: 0 }));
  return { ...progress, bytesPerSecond: 0, etaMs: undefined, sources };
}
