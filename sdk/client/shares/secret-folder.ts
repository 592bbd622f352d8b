import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import { parseHolder, readFileWithin } from '../../disk/index.js';
import { parseJson, ShoalError } from '../../protocol/index.js';

/** The reason why a path in a data folder of Shoal is refused. */
export const WHY_SECRET = 'a data folder of Shoal: its keys are never shared';

/**
 * Files with keys of a client or a tracker. They mark a data folder even if it is abandoned, restored from a backup or
 * copied.
 */
const KEY_FILES = ['device.json', 'identity.json', 'ticket-key.json'];
/** The file that a data folder contains while a client, a tracker or a background process of an editor uses it. */
const LOCK_FILE = 'lock';
const MARKS: ReadonlySet<string> = new Set([...KEY_FILES, LOCK_FILE]);
/** Maximum size of a key file or lock file in bytes. A larger file belongs to another program. */
const MAX_MARK_BYTES = 65_536;

/**
 * Subfolders that Shoal creates in its data folder. Other subfolders are the user's, for example if the data folder is
 * a project folder.
 */
const INNER_FOLDERS: ReadonlySet<string> = new Set(['manifests', 'folders']);

const KEY = z.object({ privateKeyPem: z.string().includes('PRIVATE KEY') });

/** Whether these file names suggest a data folder. `isSecretFolder` checks the contents. */
export function mayBeSecret(names: Iterable<string>): boolean {
  for (const name of names) if (MARKS.has(name)) return true;
  return false;
}

/** Whether a folder is a data folder of Shoal. The contents of its key files and lock file decide. */
export async function isSecretFolder(path: string): Promise<boolean> {
  const found = await Promise.all([
    ...KEY_FILES.map((name) => isMark(join(path, name), (text) => KEY.safeParse(parseJson(text)).success)),
    isMark(join(path, LOCK_FILE), (text) => parseHolder(text) !== undefined),
  ]);
  return found.includes(true);
}

/** Checks whether paths are in data folders, after links are resolved. It examines each folder once. */
export class SecretFolders {
  readonly #known = new Map<string, Promise<boolean>>();

  /** Whether the folder of a file is a data folder or inside one. */
  holdsFile(path: string): Promise<boolean> {
    return this.holdsFolder(dirname(path));
  }

  /** Whether a folder is a data folder or inside one. */
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

/** Refuses a path in a data folder of Shoal. @throws ShoalError `PERMISSION_DENIED` */
export async function requireNoSecret(path: string, kind: 'file' | 'folder'): Promise<void> {
  const real = await realpath(path).catch(() => path); // opening the file reports that it is missing
  const folders = new SecretFolders();
  const isSecret = kind === 'file' ? await folders.holdsFile(real) : await folders.holdsFolder(real);
  if (isSecret) throw new ShoalError('PERMISSION_DENIED', `${path} is not shared, because it is in ${WHY_SECRET}.`);
}

/** Whether a file exists and passes the check. A file without read permission counts as passing. */
async function isMark(path: string, says: (text: string) => boolean): Promise<boolean> {
  try {
    return says((await readFileWithin(path, MAX_MARK_BYTES, { isForeign: true })).toString('utf8'));
  } catch (error) {
    return ShoalError.from(error).code === 'PERMISSION_DENIED';
  }
}
