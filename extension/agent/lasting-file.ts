import { writeFileDurably } from '@shoal/sdk/disk';

/** A file that follows what it is to contain. Changes during a write are combined in the next one. */
export class LastingFile {
  readonly #path: string;
  readonly #contents: () => unknown;
  #writing: Promise<void> = Promise.resolve();
  #isToBeWritten = false;

  /** @param contents what to store as JSON */
  constructor(path: string, contents: () => unknown) {
    this.#path = path;
    this.#contents = contents;
  }

  save(): void {
    if (this.#isToBeWritten) return;
    this.#isToBeWritten = true;
    this.#writing = this.#writing
      .then(() => {
        this.#isToBeWritten = false;
        return writeFileDurably(this.#path, `${JSON.stringify(this.#contents())}\n`);
      })
      .catch(() => {}); // a full disk affects only this list
  }

  /** Resolves when everything is on the disk. */
  saved(): Promise<void> {
    return this.#writing;
  }
}
