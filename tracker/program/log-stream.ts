import { writeSync } from 'node:fs';

/** Writes as many bytes as the file accepts; throws the system's error. */
export type WriteSome = (bytes: Uint8Array) => number;

/** The line that reports lost lines. */
const lostLine = (lines: number) =>
  `{"level":40,"time":${Date.now()},"lost":${lines},"msg":"lines of the log could not be written"}\n`;

/**
 * The destination of the log. It drops and counts lines that cannot be written: a full disk or a reader that went away
 * must not stop the tracker. It ends a partly written line before the next one.
 */
export class LogStream {
  readonly #write: WriteSome;
  readonly #format: (line: string) => string;
  #lost = 0;
  #isTorn = false;

  constructor(
    write: WriteSome = (bytes) => writeSync(2, bytes),
    /** Formats a line, which is JSON. */
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
      this.#lost++; // a failure of the log cannot be logged
      if (written > 0) this.#isTorn = bytes[written - 1] !== 0x0a;
    }
  }
}
