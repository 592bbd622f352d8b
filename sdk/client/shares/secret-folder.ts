import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import { parseHolder, readFileWithin } from '../../disk/index.js';
import { parseJson, ShoalError } from '../../protocol/index.js';

/** Says no to whatever stands in a data folder of Shoal's. */
export const WHY_SECRET = 'a data folder of Shoal: its keys are never shared';

/** What holds keys of a client or of a tracker, whether it runs or was left, restored from a backup or copied alone. */
const KEY_FILES = ['device.json', 'identity.json', 'ticket-key.json'];
/** What a folder has for as long as a process of Shoal's holds it: a client, a tracker, or one in the background of an editor. */
const LOCK_FILE = 'lock';
const MARKS: ReadonlySet<string> = new Set([...KEY_FILES, LOCK_FILE]);
/** Bytes of such a file: larger ones are others'. */
const MAX_MARK_BYTES = 65_536;

/** Folders in a data folder that are Shoal's. What else stands below it, as where a project's own folder was given for data, is not. */
const INNER_FOLDERS: ReadonlySet<string> = new Set(['manifests', 'folders']);

const KEY = z.object({ privateKeyPem: z.string().includes('PRIVATE KEY') });

/** Whether a folder with these names in it may be a data folder of Shoal's: `isSecretFolder` says whether it is. */
export function mayBeSecret(names: Iterable<string>): boolean {
  for (const name of names) if (MARKS.has(name)) return true;
  return false;
}

/** Whether a folder is a data folder of Shoal's, by what is in the files that each of them has. */
export async function isSecretFolder(path: string): Promise<boolean> {
  const found = await Promise.all([
    ...KEY_FILES.map((name) => isMark(join(path, name), (text) => KEY.safeParse(parseJson(text)).success)),
    isMark(join(path, LOCK_FILE), (text) => parseHolder(text) !== undefined),
  ]);
  return found.includes(true);
}

/** Finds out what stands in data folders of Shoal's, wherever links lead; each folder is looked at once. */
export class SecretFolders {
  readonly #known = new Map<string, Promise<boolean>>();

  /** Whether a file, by its folder, is in one. */
  holdsFile(path: string): Promise<boolean> {
    return this.holdsFolder(dirname(path));
  }

  /** Whether a folder is one, or in one. */
  holdsFolder(path: string): Promise<boolean> {
    const known = this.#known.get(path) ?? this.#look(path);
    this.#known.set(path, known);
    return known;
  }

  async #look(path: string): Promise<boolean> {
    const real = await realpath(path).catch(() => path);
    if (await isSecretFolder(real)) return true;
    for (let above = dirname(real); above !== dirname(above); above = dirname(above)) {
      const inner = relative(above, real).split(sep)[0] ?? '';
      if (INNER_FOLDERS.has(inner) && (await isSecretFolder(above))) return true;
    }
    return false;
  }
}

/** Refuses what stands in a data folder of Shoal's. @throws ShoalError `PERMISSION_DENIED` */
export async function requireNoSecret(path: string, kind: 'file' | 'folder'): Promise<void> {
  const real = await realpath(path).catch(() => path); // whoever opens it says that it is not there
  const folders = new SecretFolders();
  const isSecret = kind === 'file' ? await folders.holdsFile(real) : await folders.holdsFolder(real);
  if (isSecret) throw new ShoalError('PERMISSION_DENIED', `${path} is not shared, because it is in ${WHY_SECRET}.`);
}

/** Whether a file is there and says so; one that hides what it says is taken for one that does. */
async function isMark(path: string, says: (text: string) => boolean): Promise<boolean> {
  try {
    return says((await readFileWithin(path, MAX_MARK_BYTES, { isForeign: true })).toString('utf8'));
  } catch (error) {
    return ShoalError.from(error).code === 'PERMISSION_DENIED';
  }
}
