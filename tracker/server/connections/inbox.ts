/** Waiting requests and their bytes. Beyond it, the tracker stops reading from the socket. */
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 256 * 1024;

interface Source {
  pause(): void;
  resume(): void;
}

/**
 * The unanswered requests of one client, in order. A client that sends faster than it is answered is read more slowly.
 */
export class Inbox {
  readonly #source: Source;
  readonly #texts: string[] = [];
  #bytes = 0;
  #isPaused = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Whether reading from the client is paused. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  push(text: string): void {
    this.#texts.push(text);
    this.#bytes += text.length;
    if (this.#isPaused || (this.#texts.length < MAX_WAITING && this.#bytes < MAX_WAITING_BYTES)) return;
    this.#isPaused = true;
    this.#source.pause();
  }

  shift(): string | undefined {
    const text = this.#texts.shift();
    this.#bytes -= text?.length ?? 0;
    if (this.#isPaused && this.#texts.length < MAX_WAITING / 2 && this.#bytes < MAX_WAITING_BYTES / 2) {
      this.#isPaused = false;
      this.#source.resume();
    }
    return text;
  }

  clear(): void {
    this.#texts.length = 0;
    this.#bytes = 0;
  }
}
