import type { Colors } from 'picocolors/types.js';
import type { ShoalError } from '../../index.js';
import type { Answer } from '../command.js';
import { type Display, errorLines } from '../display/display.js';
import { alignColumns, printable } from '../texts/text.js';
import type { Screen } from './screen.js';

const MARK_COLORS = { C: 'green', D: 'cyan', P: 'yellow', F: 'red' } as const;

/** Lines for people: lists in columns, errors and notices in colour, progress at the bottom of the screen. */
export class TerminalDisplay implements Display {
  readonly #screen: Screen;
  readonly #colors: Colors;
  readonly #debug: boolean;
  #work: string | undefined;
  #progress: readonly string[] = [];

  constructor(screen: Screen, colors: Colors, debug: boolean) {
    this.#screen = screen;
    this.#colors = colors;
    this.#debug = debug;
  }

  answer({ line, entries = [], titles = new Map() }: Answer): void {
    const titled = entries.flatMap((cells, index) => {
      const title = titles.get(index);
      return [...(title === undefined ? [] : [[this.#colors.bold(`${title}:`)]]), cells.map(printable)];
    });
    const rows = alignColumns(titled, this.#screen.columns - 3);
    this.#screen.print([printable(line), ...rows.map((row) => `  ${this.#colorMark(row)}`)]);
  }

  failure(error: ShoalError): void {
    const [line = '', ...trace] = errorLines(error, this.#debug).map(printable);
    this.#screen.print([this.#colors.red(line), ...trace.map((text) => this.#colors.dim(text))]);
  }

  notice(text: string): void {
    this.#screen.print([this.#colors.dim(`* ${printable(text)}`)]);
  }

  work(text: string | undefined): void {
    this.#work = text === undefined ? undefined : printable(text);
    this.#drawStatus();
  }

  /** Shows the lines of the running downloads. */
  progress(lines: readonly string[]): void {
    this.#progress = lines.map(printable);
    this.#drawStatus();
  }

  #drawStatus(): void {
    this.#screen.setStatus(this.#work === undefined ? this.#progress : [...this.#progress, this.#work]);
  }

  #colorMark(row: string): string {
    const mark = /^\[([CDPF])\]/.exec(row)?.[1] as keyof typeof MARK_COLORS | undefined;
    return mark ? `${this.#colors[MARK_COLORS[mark]](`[${mark}]`)}${row.slice(3)}` : row;
  }
}
