import { PassThrough, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

const ESCAPE = '\x1b';
const CONTROL_SEQUENCE = new RegExp(`^${ESCAPE}\\[([\\d;?]*)([A-Za-z])`);

/** A terminal in memory: what is written to its output is drawn on a screen, as far as the program uses it. */
export class FakeTerminal {
  readonly input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (_isRaw: boolean): unknown => undefined,
  });
  readonly output: Writable & { isTTY: boolean; columns: number; rows: number };
  #columns: number;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 60, rows = 24) {
    this.#columns = columns;
    const output = new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        this.#draw(String(chunk));
        done();
      },
    });
    this.output = Object.assign(output, { isTTY: true, columns, rows });
  }

  /** Types keys, and gives the program time to take them. */
  async type(keys: string): Promise<void> {
    this.input.write(keys);
    await delay(5);
  }

  /** What stands on the screen, from its first line to its last. */
  screen(): string[] {
    const lines = this.#lines.map((line) =>
      Array.from(line, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    );
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  /** The last line and the cursor in it, shown as `|`. */
  typed(): string {
    const line = Array.from(this.#lines[this.#row] ?? [], (cell) => cell ?? ' ')
      .join('')
      .padEnd(this.#column);
    return `${line.slice(0, this.#column)}|${line.slice(this.#column).trimEnd()}`;
  }

  /** Makes it narrower; lines that are too long then go on in the next row, as in most terminals. */
  resize(columns: number): void {
    this.#columns = columns;
    const before = this.#lines.slice(0, this.#row);
    const rows = before.flatMap((line) => wrap(line, columns));
    this.#lines = [...rows, ...this.#lines.slice(this.#row)];
    this.#row = rows.length;
    this.output.columns = columns;
    this.output.emit('resize');
  }

  #draw(text: string): void {
    for (let at = 0; at < text.length; ) {
      const sequence = CONTROL_SEQUENCE.exec(text.slice(at, at + 16));
      if (sequence) {
        this.#control(sequence[2] ?? '', Number(sequence[1] || 1), sequence[1] ?? '');
        at += sequence[0].length;
        continue;
      }
      this.#put(text.charAt(at));
      at++;
    }
  }

  #put(character: string): void {
    if (character === '\r') {
      this.#column = 0;
    } else if (character === '\n') {
      this.#newLine();
    } else {
      if (this.#column === this.#columns) this.#newLine();
      const line = this.#lines[this.#row];
      if (line) line[this.#column] = character;
      this.#column++;
    }
  }

  /** A terminal's driver puts a carriage return before every line feed. */
  #newLine(): void {
    this.#row++;
    this.#column = 0;
    this.#lines[this.#row] ??= [];
  }

  #control(letter: string, count: number, raw: string): void {
    if (letter === 'A') this.#row = Math.max(0, this.#row - count);
    else if (letter === 'B') this.#row = Math.min(this.#lines.length - 1, this.#row + count);
    else if (letter === 'C') this.#column = Math.min(this.#columns - 1, this.#column + count);
    else if (letter === 'D') this.#column = Math.max(0, this.#column - count);
    else if (letter === 'G') this.#column = count - 1;
    else if (letter === 'J' && (raw === '' || raw === '0')) this.#clearDown();
    else if (letter === 'K') this.#lines[this.#row]?.splice(this.#column);
    else if (letter !== 'm') throw new Error(`This terminal does not know CSI ${raw}${letter}.`);
  }

  #clearDown(): void {
    this.#lines[this.#row]?.splice(this.#column);
    this.#lines.splice(this.#row + 1);
  }
}

function wrap(line: string[], columns: number): string[][] {
  const rows = Math.max(1, Math.ceil(line.length / columns));
  return Array.from({ length: rows }, (_, row) => line.slice(row * columns, (row + 1) * columns));
}
