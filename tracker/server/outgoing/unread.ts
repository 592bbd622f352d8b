/** A connection with unread data. */
interface Reader {
  readonly unreadBytes: number;
  cutOff(): void;
}

/** The unread data of all connections. Beyond its bound, the connection with the most is closed. */
export class UnreadTotal {
  readonly #maxBytes: number;
  readonly #readers = new Set<Reader>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(reader: Reader, bytes: number): void {
    this.#readers.add(reader);
    this.#bytes += bytes;
    while (this.#bytes > this.#maxBytes) {
      const [worst] = [...this.#readers].sort((one, other) => other.unreadBytes - one.unreadBytes);
      if (!worst) return;
      worst.cutOff();
    }
  }

  taken(reader: Reader, bytes: number): void {
    this.#bytes -= bytes;
    if (reader.unreadBytes === 0) this.#readers.delete(reader);
  }
}
