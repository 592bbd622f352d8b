import { readdir, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import { parseHolder, readFileWithin } from '../../disk/index.js';
import { type ErrorCode, parseJson, ShoalError } from '../../protocol/index.js';

/** The reason why a path in a data folder of Shoal is refused. */
export const WHY_SECRET = 'a data folder of Shoal: its keys are never shared';

const KEY = z.object({ privateKeyPem: z.string().includes('PRIVATE KEY') });
const ENDPOINT = z.object({ address: z.string(), secret: z.string() });

const isKey = (text: string) => KEY.safeParse(parseJson(text)).success;

/**
 * Files that mark a data folder by their content: keys of a client or a tracker, and the secret of an editor's process.
 * They mark it even if it is abandoned, restored from a backup or copied. The lock is there while a client, a tracker
 * or a background process of an editor uses the folder.
 */
const MARKS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['device.json', isKey],
  ['identity.json', isKey],
  ['ticket-key.json', isKey],
  ['endpoint.json', (text: string) => ENDPOINT.safeParse(parseJson(text)).success],
  ['lock', (text: string) => parseHolder(text) !== undefined],
]);
/** Maximum size of such a file in bytes. A larger file belongs to another program. */
const MAX_MARK_BYTES = 65_536;

/** Names that together mark a data folder whose keys are lost: of a client, and of a tracker. */
const WITHOUT_KEYS = [
  ['library.journal', 'manifests'],
  ['tracker.db', 'database.json'],
] as const;

/** Subfolders of the folders of the editor's agent and hosted tracker. The first is a data folder. */
const PARENTS = [
  ['device', 'agent'],
  ['data', 'control'],
] as const;

/**
 * Subfolders that Shoal creates in its data folder. Other subfolders are the user's, for example if the data folder is
 * a project folder.
 */
const INNER_FOLDERS: ReadonlySet<string> = new Set(['manifests', 'folders', 'contents']);

/** Errors that show that a file is no mark. After any other error, it may be one. */
const NO_MARK: ReadonlySet<ErrorCode> = new Set(['PATH_NOT_FOUND', 'NOT_A_FILE', 'DATA_DIR_INVALID']);

/** Whether a folder is a data folder of Shoal. @param entries the names in it */
export async function isSecretFolder(path: string, entries?: Iterable<string>): Promise<boolean> {
  const names = new Set(entries ?? (await readdir(path).catch(() => [])));
  const hasAll = (some: readonly string[]) => some.every((name) => names.has(name));
  if (WITHOUT_KEYS.some(hasAll)) return true;
  const marks = [...MARKS].filter(([name]) => names.has(name));
  const found = await Promise.all(marks.map(([name, says]) => isMark(join(path, name), says)));
  if (found.includes(true)) return true;
  for (const inner of PARENTS) if (hasAll(inner) && (await isSecretFolder(join(path, inner[0])))) return true;
  return false;
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

/** Whether a file passes the check. A file that cannot be read counts as passing. */
async function isMark(path: string, says: (text: string) => boolean): Promise<boolean> {
  try {
    return says((await readFileWithin(path, MAX_MARK_BYTES, { isForeign: true })).toString('utf8'));
  } catch (error) {
    return !NO_MARK.has(ShoalError.from(error).code);
  }
}
