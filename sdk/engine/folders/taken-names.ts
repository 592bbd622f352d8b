import { basename } from 'node:path';
import { type HeldFolder, plainly } from '../../disk/index.js';
import { takeName } from '../storage/parts/part-claims.js';
import { nameBehind } from '../storage/parts/part-names.js';
import type { SmallFile } from './folder-disk.js';

/** File names of a folder that a partial file might also have, for example that of a large file of the folder. */
export class TakenNames {
  readonly #isWhole: (path: string) => boolean;
  readonly #taken: { leave(): void }[] = [];

  /** @param isWhole whether a whole file is known at a path */
  constructor(isWhole: (path: string) => boolean) {
    this.#isWhole = isWhole;
  }

  mayMeetPart({ path }: SmallFile): boolean {
    return nameBehind(basename(path)) !== undefined;
  }

  /** Ensures that no partial file has the name. @throws the disk's errors */
  async take(folder: HeldFolder, { path }: SmallFile): Promise<void> {
    try {
      this.#taken.push(await takeName(folder, basename(path), this.#isWhole));
    } catch (error) {
      throw plainly(error);
    }
  }

  leaveAll(): void {
    for (const name of this.#taken.splice(0)) name.leave();
  }
}
