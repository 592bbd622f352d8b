import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/** The used parts of a terminal's output. */
export type TerminalOutput = Writable & Partial<Pick<WriteStream, 'columns' | 'rows' | 'isTTY'>>;

/** The output for readline, which can be muted while a password is typed. */
export class GatedOutput extends Writable {
  readonly isTTY = true;
  readonly #output: TerminalOutput;
  shut = false;

  constructor(output: TerminalOutput) {
    super({ decodeStrings: false });
    this.#output = output;
    output.on('resize', this.#onResize);
  }

  get columns(): number {
    return this.#output.columns ?? 80;
  }

  get rows(): number {
    return this.#output.rows ?? 24;
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (!this.shut) this.#output.write(chunk);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#output.off('resize', this.#onResize);
    done(error);
  }

  readonly #onResize = () => this.emit('resize');
}
