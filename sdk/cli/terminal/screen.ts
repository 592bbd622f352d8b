import { clearScreenDown, cursorTo, type Interface, moveCursor } from 'node:readline';
import { fit, widthOf } from '../text.js';
import type { GatedOutput, TerminalOutput } from './gated-output.js';

const MAX_STATUS_ROWS = 8;

/**
 * The bottom of a terminal: status lines (progress), and below them the line that is being typed. Everything else is written
 * above both, for good; what is typed stays as it is, with the cursor where it was.
 */
export class Screen {
  readonly #readline: Interface;
  readonly #gate: GatedOutput;
  readonly #output: TerminalOutput;
  #status: readonly string[] = [];
  /** Status lines that stand on the terminal now. */
  #drawn: readonly string[] = [];
  /** The question under way; what is typed is not shown then. */
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

  /** Status lines that there is room for. */
  get statusRows(): number {
    return Math.max(0, Math.min(MAX_STATUS_ROWS, this.#gate.rows - 3));
  }

  /** Writes lines that stay. */
  print(lines: readonly string[]): void {
    this.#redraw(lines, () => {});
  }

  /** Shows these lines above the one that is typed, in place of those before. */
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

  /** From here on what is typed belongs to this question and is not shown. */
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

  /** Enter was pressed: the line stays, what was drawn above it goes. */
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

  /** Takes the status away until it is set anew, as when readline is about to write a list of its own. */
  withdrawStatus(): void {
    if (this.#drawn.length > 0) this.setStatus([]);
  }

  /** Clears what is typed and the status, as before something else writes on the terminal. */
  withdraw(): void {
    this.#atOnce(() => this.#clearFrom(this.#typedRows() + this.#drawnRows()));
    this.#drawn = [];
  }

  /** Draws all anew from the line on which the cursor is: something else has written on the terminal. */
  restore(): void {
    this.#drawn = [];
    if (!this.#isClosed) this.#atOnce(() => this.#draw([], 0, () => {}));
  }

  /** Clears what is typed and the status; from here on lines are written one below the other. */
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

  /** Draws in place of so many rows above the cursor. */
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
    // Readline goes up by the rows that it remembers before it draws. It does not count those of a text that was pasted.
    this.#output.write('\n'.repeat(typedRows));
    Object.assign(this.#readline, { prevRows: typedRows });
    this.#readline.prompt(true);
  }

  /** Rows above the cursor that belong to the line being typed. */
  #typedRows(): number {
    return this.#secret === undefined ? this.#readline.getCursorPos().rows : 0;
  }

  /** Rows that the status takes; more than its lines where the terminal has become narrower since. */
  #drawnRows(): number {
    return this.#drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / this.columns)), 0);
  }

  /** Clears everything from so many rows above the cursor's. */
  #clearFrom(rows: number): void {
    if (rows > 0) moveCursor(this.#output, 0, -rows);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  /** One write to the terminal for all that is drawn, so that it does not flicker. */
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
