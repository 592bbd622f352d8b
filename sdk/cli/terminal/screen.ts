import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import { fit, widthOf } from '../texts/text.js';
import type { GatedOutput, TerminalOutput } from './gated-output.js';

const MAX_STATUS_ROWS = 8;

/**
 * The bottom of a terminal: status lines (progress), and below them the input line. Other output is written above both.
 * The input line and the cursor stay as they are.
 */
export class Screen {
  readonly #readline: Interface;
  readonly #gate: GatedOutput;
  readonly #output: TerminalOutput;
  #status: readonly string[] = [];
  /** The status lines on the terminal. */
  #drawn: readonly string[] = [];
  /** The current question; its answer is not echoed. */
  #secret: string | undefined;
  #isClosed = false;

  constructor(readline: Interface, gate: GatedOutput, output: TerminalOutput) {
    this.#readline = readline;
    this.#gate = gate;
    this.#output = output;
  }

  get columns(): number {
    return this.#gate.columns;
  }

  /** Available rows for the status. */
  get statusRows(): number {
    return Math.max(0, Math.min(MAX_STATUS_ROWS, this.#gate.rows - 3));
  }

  /** Writes permanent lines. */
  print(lines: readonly string[]): void {
    this.#redraw(lines, () => {});
  }

  /** Replaces the status lines. */
  setStatus(lines: readonly string[]): void {
    const isSame = lines.length === this.#status.length && lines.every((line, index) => line === this.#status[index]);
    if (isSame) return;
    this.#redraw([], () => {
      this.#status = lines;
    });
  }

  setPrompt(prompt: string): void {
    this.#redraw([], () => this.#readline.setPrompt(prompt));
  }

  /** Starts a question whose answer is not echoed. */
  beginSecret(question: string): void {
    this.#redraw([], () => {
      this.#secret = question;
      this.#gate.shut = true;
    });
  }

  endSecret(): void {
    this.#secret = undefined;
    this.#gate.shut = false;
  }

  /** Enter was pressed: keeps the input line and removes the status above it. */
  submitted(line: string): void {
    if (this.#drawn.length === 0) {
      if (this.#secret !== undefined) this.#output.write('\n');
      return;
    }
    const text = this.#secret ?? `${this.#readline.getPrompt()}${line}`;
    const rows = this.#secret === undefined ? Math.floor(widthOf(text) / this.columns) + 1 : 0;
    this.#atOnce(() => {
      this.#clearFrom(rows + this.#drawnRows());
      this.#drawn = [];
      this.#output.write(`${text}\n`);
    });
  }

  /** Removes the status until it is set again, for example before readline writes a list. */
  withdrawStatus(): void {
    if (this.#drawn.length > 0) this.setStatus([]);
  }

  /** Removes the input line and the status, before another program writes to the terminal. */
  withdraw(): void {
    this.#atOnce(() => this.#clearFrom(this.#typedRows() + this.#drawnRows()));
    this.#drawn = [];
  }

  /** Redraws everything from the line of the cursor, after another program wrote to the terminal. */
  restore(): void {
    this.#drawn = [];
    if (!this.#isClosed) this.#atOnce(() => this.#draw([], 0, () => {}));
  }

  /** Removes the input line and the status. Later lines are written one below the other. */
  close(): void {
    if (this.#isClosed) return;
    this.#clearFrom(this.#typedRows() + this.#drawnRows());
    this.#isClosed = true;
  }

  #redraw(above: readonly string[], change: () => void): void {
    if (this.#isClosed) {
      this.#output.write(above.map((line) => `${line}\n`).join(''));
      return;
    }
    this.#atOnce(() => this.#draw(above, this.#typedRows() + this.#drawnRows(), change));
  }

  /** Redraws the given number of rows above the cursor. */
  #draw(above: readonly string[], standing: number, change: () => void): void {
    const typedRows = this.#typedRows();
    this.#clearFrom(standing);
    change();
    this.#drawn = fewer(this.#status, this.statusRows).map((line) => fit(line, this.columns - 1));
    this.#output.write([...above, ...this.#drawn].map((line) => `${line}\n`).join(''));
    if (this.#secret !== undefined) {
      this.#output.write(this.#secret);
      return;
    }
    // Readline moves up by the rows that it remembers before it draws. It does not count those of pasted text.
    this.#output.write('\n'.repeat(typedRows));
    Object.assign(this.#readline, { prevRows: typedRows });
    this.#readline.prompt(true);
  }

  /** Rows of the input line above the cursor. */
  #typedRows(): number {
    return this.#secret === undefined ? this.#readline.getCursorPos().rows : 0;
  }

  /** Rows of the status: more than its lines if the terminal has become narrower. */
  #drawnRows(): number {
    return this.#drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / this.columns)), 0);
  }

  /** Clears everything from the given number of rows above the cursor. */
  #clearFrom(rows: number): void {
    if (rows > 0) moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  /** Collects all output of a redraw into one write, to avoid flicker. */
  #atOnce(draw: () => void): void {
    this.#output.cork();
    try {
      draw();
    } finally {
      this.#output.uncork();
    }
  }
}

function fewer(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  const shown = lines.slice(0, Math.max(0, most - 1));
  return most === 0 ? [] : [...shown, `… and ${lines.length - shown.length} more`];
}
