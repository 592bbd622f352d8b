import { ShoalError } from '../../../protocol/index.js';
import type { ArrivedPiece, DiskAnswer, DiskListener, DiskOrder } from './disk-messages.js';

type Unaddressed<T> = T extends DiskOrder & { readonly id: number } ? Omit<T, 'id'> : never;

interface DiskChannelOptions extends DiskListener {
  send(order: Unaddressed<DiskOrder>): void;
  /** Whether the thread runs. */
  isReady(): boolean;
  /** Frees its place in the thread. */
  onClose(): void;
}

/** Verified pieces are reported in groups, because waking the thread for each would cost more than it saves. */
const TRUSTED_AT_ONCE = 8;

/** The channel of one download to the thread that writes and verifies its pieces. */
export class DiskChannel {
  readonly #options: DiskChannelOptions;
  readonly #digest: Promise<Uint8Array>;
  readonly #closed: Promise<void>;
  #onDigest: (digest: Uint8Array) => void = () => {};
  #onNoDigest: (error: ShoalError) => void = () => {};
  #onClosed: () => void = () => {};
  #pieces: ArrivedPiece[] = [];
  #trusted: number[] = [];
  #sending: NodeJS.Immediate | undefined;
  #isOver = false;

  constructor(options: DiskChannelOptions) {
    this.#options = options;
    this.#digest = new Promise((resolve, reject) => {
      this.#onDigest = resolve;
      this.#onNoDigest = reject;
    });
    this.#digest.catch(() => {}); // handled in `finish`
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** Whether it accepts pieces. If not, the caller verifies and writes them, and calls `trust`. */
  get isReady(): boolean {
    return this.#options.isReady();
  }

  /** Writes and verifies a piece, which stays in its slot until `onFreed`. `onChecked` reports the result. */
  keep(piece: ArrivedPiece): void {
    this.#pieces.push(piece);
    this.#sending ??= setImmediate(() => this.#send()); // together with the other pieces of this turn of the event loop
  }

  /** Reports a piece that was written and verified elsewhere. */
  trust(piece: number): void {
    this.#trusted.push(piece);
    if (this.#trusted.length >= TRUSTED_AT_ONCE) this.#send();
  }

  /**
   * Returns the digest of the whole file, when all pieces are verified. @throws ShoalError of the disk, `INTERNAL`,
   * `CLOSED`
   */
  finish(): Promise<Uint8Array> {
    this.#send();
    return this.#digest;
  }

  /** Resolves when no write is in progress, and no slot is needed. */
  close(): Promise<void> {
    if (!this.#isOver) {
      this.#options.send({ type: 'close' });
      this.#end(new ShoalError('CLOSED', 'Checking was stopped.'));
    }
    return this.#closed;
  }

  /** The thread ended. */
  die(error: ShoalError): void {
    this.#fail(error);
    this.#leave();
  }

  onAnswer(answer: DiskAnswer): void {
    if (answer.type === 'closed') {
      this.#leave();
      return;
    }
    if (this.#isOver) return;
    switch (answer.type) {
      case 'checked':
        for (const slot of answer.freed) this.#options.onFreed(slot);
        for (const piece of answer.good) this.#options.onChecked(piece, true);
        for (const piece of answer.bad) this.#options.onChecked(piece, false);
        return;
      case 'digest':
        this.#onDigest(answer.digest);
        return;
      case 'failed':
        this.#fail(new ShoalError(answer.code, answer.message));
    }
  }

  #fail(error: ShoalError): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#options.onFailed(error);
  }

  /** From now on, waits only for the end of all writes. */
  #end(error: ShoalError): void {
    this.#isOver = true;
    this.#onNoDigest(error);
  }

  #leave(): void {
    this.#options.onClose();
    this.#onClosed();
  }

  #send(): void {
    clearImmediate(this.#sending);
    this.#sending = undefined;
    if (this.#isOver || this.#pieces.length + this.#trusted.length === 0) return;
    this.#options.send({ type: 'keep', pieces: this.#pieces, trusted: this.#trusted });
    this.#pieces = [];
    this.#trusted = [];
  }
}
