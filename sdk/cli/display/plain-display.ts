import type { Writable } from 'node:stream';
import type { ShoalError } from '../../index.js';
import type { Answer } from '../command.js';
import { printable } from '../texts/text.js';
import { type Display, errorLines } from './display.js';

const WORK_INTERVAL_MS = 2000;

/**
 * Lines for programs: results and errors on `stdout` in the order of the commands, with tabs between the cells of an
 * entry; everything else on `stderr`.
 */
export class PlainDisplay implements Display {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  readonly #debug: boolean;
  #lastWorkMs = -Infinity;

  constructor(stdout: Writable, stderr: Writable, debug: boolean) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#debug = debug;
  }

  answer({ line, entries = [] }: Answer): void {
    const lines = [printable(line), ...entries.map((cells) => cells.map(printable).join('\t'))];
    this.#stdout.write(lines.map((text) => `${notAnError(text)}\n`).join(''));
  }

  failure(error: ShoalError): void {
    const [line = '', ...trace] = errorLines(error, this.#debug);
    this.#stdout.write(`${printable(line)}\n`);
    for (const text of trace) this.#stderr.write(`${printable(text)}\n`);
  }

  notice(text: string): void {
    this.#stderr.write(`${printable(text)}\n`);
  }

  work(text: string | undefined): void {
    const nowMs = performance.now();
    if (text === undefined || nowMs - this.#lastWorkMs < WORK_INTERVAL_MS) return;
    this.#lastWorkMs = nowMs;
    this.notice(text);
  }
}

/** Only the line of a failed command begins with `error`, whatever the name of a file. */
function notAnError(line: string): string {
  return /^error\s+[A-Z_]+\s*:/.test(line) ? ` ${line}` : line;
}
