import { ShoalError } from '../protocol/index.js';
import type { CheckAnswer, CheckOrder } from './check-pool.js';

type Unaddressed<T> = T extends CheckOrder ? Omit<T, 'id'> : never;

export interface CheckListener {
  onChecked(piece: number, intact: boolean): void;
  /** Nothing is checked any more: the thread died, or the disk failed. */
  onFailed(error: ShoalError): void;
}

interface CheckerOptions extends CheckListener {
  send(order: Unaddressed<CheckOrder>): void;
  /** Whether the thread runs. */
  isReady(): boolean;
  /** Its place in the thread is free. */
  onClose(): void;
}

/** Pieces that are written and not checked, at most: beyond, whoever wrote them checks them too. */
const MAX_UNCHECKED = 64;
/** Messages with pieces that are not answered yet: one that is worked on, and one behind it. */
const MAX_UNANSWERED = 2;
/** Pieces that were checked elsewhere are told in groups: to wake a thread for each would cost more than it saves. */
const TRUSTED_AT_ONCE = 8;

/** One download's line to the thread that checks what it writes. */
export class Checker {
  readonly #options: CheckerOptions;
  readonly #digest: Promise<Uint8Array>;
  #onDigest: (digest: Uint8Array) => void = () => {};
  #onNoDigest: (error: ShoalError) => void = () => {};
  #pieces: number[] = [];
  #trusted: number[] = [];
  #unchecked = 0;
  #unanswered = 0;
  #isOver = false;

  constructor(options: CheckerOptions) {
    this.#options = options;
    this.#digest = new Promise((resolve, reject) => {
      this.#onDigest = resolve;
      this.#onNoDigest = reject;
    });
    this.#digest.catch(() => {}); // met in `finish`
  }

  /** Whether it takes another piece; if not, whoever wrote it checks it, and calls `trust`. */
  get hasRoom(): boolean {
    return this.#unchecked < MAX_UNCHECKED && this.#options.isReady();
  }

  /** The piece was written: what it is, `onChecked` hears. */
  check(piece: number): void {
    this.#unchecked++;
    this.#pieces.push(piece);
    this.#sendWhenDue();
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

  close(): void {
    if (this.#isOver) return;
    this.#options.send({ type: 'close' });
    this.#end(new ShoalError('CLOSED', 'Checking was stopped.'));
  }

  fail(error: ShoalError): void {
    if (this.#isOver) return;
    this.#end(error);
    this.#options.onFailed(error);
  }

  onAnswer(answer: CheckAnswer): void {
    if (this.#isOver) return;
    switch (answer.type) {
      case 'checked':
        this.#unanswered--;
        this.#unchecked -= answer.good.length + answer.bad.length;
        this.#sendWhenDue();
        for (const piece of answer.good) this.#options.onChecked(piece, true);
        for (const piece of answer.bad) this.#options.onChecked(piece, false);
        return;
      case 'digest':
        this.#onDigest(answer.digest);
        return;
      case 'failed':
        this.fail(new ShoalError(answer.code, answer.message));
    }
  }

  #end(error: ShoalError): void {
    this.#isOver = true;
    this.#options.onClose();
    this.#onNoDigest(error);
  }

  #sendWhenDue(): void {
    if (this.#pieces.length > 0 && this.#unanswered < MAX_UNANSWERED) this.#send();
  }

  #send(): void {
    if (this.#isOver || this.#pieces.length + this.#trusted.length === 0) return;
    if (this.#pieces.length > 0) this.#unanswered++;
    this.#options.send({ type: 'check', pieces: this.#pieces, trusted: this.#trusted });
    this.#pieces = [];
    this.#trusted = [];
  }
}
