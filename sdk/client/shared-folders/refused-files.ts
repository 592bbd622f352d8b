import type { Skipped, WalkedFile } from '../selection/walk-folder.js';

/** Refused files that are remembered for a folder. More of them are hashed and offered again. */
const MAX_REFUSED = 10_000;

/** The files of a watched folder that could not be shared: they are not hashed and offered again until they change. */
export class RefusedFiles {
  readonly #files = new Map<string, { readonly stamp: string; readonly skipped: Skipped }>();

  add(file: WalkedFile, skipped: Skipped): void {
    if (this.#files.size < MAX_REFUSED || this.#files.has(file.path))
      this.#files.set(file.path, { stamp: stampOf(file), skipped });
  }

  /** Why a file was refused that is as it was then. */
  find(file: WalkedFile): Skipped | undefined {
    const known = this.#files.get(file.path);
    if (known?.stamp === stampOf(file)) return known.skipped;
    this.#files.delete(file.path);
    return undefined;
  }
}

function stampOf({ sizeBytes, modifiedNs }: WalkedFile): string {
  return `${sizeBytes} ${modifiedNs}`;
}
