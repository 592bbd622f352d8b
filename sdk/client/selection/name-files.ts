import { foldersOf, nameKey, parseFilePath, ShoalError } from '../../protocol/index.js';
import type { Skipped, WalkedFile } from './walk-folder.js';

/** A file with its name in the group. */
export interface Named extends WalkedFile {
  readonly fileName: string;
}

/**
 * Gives each file of a folder its name in the group. Two names with the same key cannot stand beside one another: the
 * first one counts, and the other file is skipped. A file without a valid name is skipped as well.
 */
export function nameFiles(
  folder: string,
  files: readonly WalkedFile[],
): { readonly named: readonly Named[]; readonly skipped: readonly Skipped[] } {
  const taken = { files: new Map<string, string>(), folders: new Map<string, string>() };
  const named: Named[] = [];
  const skipped: Skipped[] = [];
  for (const file of files) {
    try {
      const fileName = parseFilePath(`${folder}/${file.place}`);
      const key = nameKey(fileName);
      const above = foldersOf(fileName).map(nameKey);
      const other = taken.files.get(key) ?? taken.folders.get(key) ?? firstOf(above, taken.files);
      if (other !== undefined) {
        const why = `its name counts as that of ${other}: rename one of them`;
        skipped.push({ path: file.path, why, besidePlace: other });
        continue;
      }
      taken.files.set(key, file.place);
      for (const one of above) if (!taken.folders.has(one)) taken.folders.set(one, file.place);
      named.push({ ...file, fileName });
    } catch (error) {
      skipped.push({ path: file.path, why: ShoalError.from(error).message });
    }
  }
  return { named, skipped };
}

function firstOf(keys: readonly string[], taken: ReadonlyMap<string, string>): string | undefined {
  for (const key of keys) {
    const place = taken.get(key);
    if (place !== undefined) return place;
  }
  return undefined;
}
