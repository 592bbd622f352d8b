import { ShoalError } from '../../protocol/index.js';
import type { ArrivedPiece, DiskAnswer, DiskListener, DiskOrder } from './disk-messages.js';

type Unaddressed<T> = T extends DiskOrder & { readonly id: number } ? Omit<T, 'id'> : never;

interface DiskChannelOptions extends DiskListener {
  send(order: Unaddressed<DiskOrder>): void;
  /** Whether the thread runs. */
  isReady(): boolean;
  /** Its place in the thread is free. */
  onClose(): void;
}

/** Pieces that were checked elsewhere are told in groups: to wake a thread for each would cost more than it saves. */
const TRUSTED_AT_ONCE = 8;

/** One download's line to the thread that writes and checks what it fetches. */
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
    this.#digest.catch(() => {}); // met in `finish`
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  /** Whether it takes pieces yet; if not, whoever has one checks and writes it, and calls `trust`. */
  get isReady(): boolean {
    return this.#options.isReady();
  }

  /** The piece is to be written and checked, and stays in its slot until `onFreed`: what it is, `onChecked` hears. */
  keep(piece: ArrivedPiece): void {
    this.#pieces.push(piece);
    this.#sending ??= setImmediate(() => this.#send()); // with what else this turn of the sockets brings
  }

  /** The piece was written and is right. */
  trust(piece: number): void {
    this.#trusted.push(piece);
    if (this.#trusted.length >= TRUSTED_AT_ONCE) this.#send();
  }

  /** All pieces are verified: the digest of the whole file. @throws ShoalError the disk's, `INTERNAL`, `CLOSED` */
  finish(): Promise<Uint8Array> {
    this.#send();
    return this.#digest;
  }

  /** Fulfilled when nothing is written any more, and no slot is needed. */
  close(): Promise<void> {
    if (!this.#isOver) {
      this.#options.send({ type: 'close' });
      this.#end(new ShoalError('CLOSED', 'Checking was stopped.'));
    }
    return this.#closed;
  }

  /** The thread is no more. */
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

  /** From now on only the word is waited for that nothing is written any more. */
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
