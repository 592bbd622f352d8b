/** Who has something that was sent and is not taken yet. */
interface Reader {
  readonly unreadBytes: number;
  cutOff(): void;
}

/** What all connections together have not read; beyond its bound whoever has left the most is cut off. */
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
