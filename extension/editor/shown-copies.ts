import { chmod, constants, copyFile, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** Contents of which a copy is shown at most; those that were shown first make room. */
const MAX_COPIES = 20;

/** Read-only copies of contents under the names of their files, by which the editor finds the language or a viewer. */
export class ShownCopies {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Copies a file. @param id identifies the content @returns the path of the copy @throws the disk's errors */
  async show(path: string, id: string, name: string): Promise<string> {
    const folder = join(this.#folder, id.slice(0, 32));
    const copy = join(folder, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    await chmod(copy, 0o444);
    const now = new Date();
    await utimes(folder, now, now);
    await this.#makeRoom();
    return copy;
  }

  async #makeRoom(): Promise<void> {
    const folders = (await readdir(this.#folder)).map((name) => join(this.#folder, name));
    if (folders.length <= MAX_COPIES) return;
    const dated = await Promise.all(
      folders.map(async (folder) => ({ folder, atMs: (await stat(folder).catch(() => undefined))?.mtimeMs ?? 0 })),
    );
    const oldest = dated.sort((one, other) => one.atMs - other.atMs).slice(0, folders.length - MAX_COPIES);
    for (const { folder } of oldest) await rm(folder, { recursive: true, force: true });
  }
}
