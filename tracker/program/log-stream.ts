import { writeSync } from 'node:fs';

/** Writes some bytes to a file, as much as it takes; throws what the system says. */
export type WriteSome = (bytes: Uint8Array) => number;

/** What is written when lines can be again, after some were not. */
const lostLine = (lines: number) =>
  `{"level":40,"time":${Date.now()},"lost":${lines},"msg":"lines of the log could not be written"}\n`;

/**
 * Where the log goes. A line that cannot be written is dropped and counted: a full disk under the log, or a reader who has gone, is no
 * reason to stop serving. Half a line that was written is ended before the next one.
 */
export class LogStream {
  readonly #write: WriteSome;
  readonly #format: (line: string) => string;
  #lost = 0;
  #isTorn = false;

  constructor(
    write: WriteSome = (bytes) => writeSync(2, bytes),
    /** How a line, which is JSON, is written. */
    format = (line: string) => line,
  ) {
    this.#write = write;
    this.#format = format;
  }

  write(line: string): void {
    const lost = this.#lost > 0 ? this.#format(lostLine(this.#lost)) : '';
    const whole = (this.#isTorn ? '\n' : '') + lost + this.#format(line);
    const bytes = Buffer.from(whole);
    let written = 0;
    try {
      while (written < bytes.length) written += this.#write(bytes.subarray(written));
      this.#lost = 0;
      this.#isTorn = false;
    } catch {
      this.#lost++; // the log itself is what cannot be told of it
      if (written > 0) this.#isTorn = bytes[written - 1] !== 0x0a;
    }
  }
}
