import { randomBytes } from 'node:crypto';
import { constants, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseJson } from '@shoal/sdk/protocol';
import * as z from 'zod';
import { backupsToDrop } from '../model/sharing/kept-backups.js';

const STAMP = z.object({ sizeBytes: z.number(), modifiedNs: z.string() });
const BACKUP = z.object({
  /** Where the file was. */
  path: z.string(),
  keptAtMs: z.number(),
  sizeBytes: z.number(),
  /** The file that replaced it. Without it, the replacement did not end. */
  after: STAMP.optional(),
});

/** A kept file, in a folder of its own. */
export type Backup = z.infer<typeof BACKUP> & { readonly folder: string };

const FACTS = 'backup.json';

/** Keeps files before they are replaced, in the extension's storage. Their number, size and age are bounded. */
export class Backups {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The path of the kept bytes. */
  fileOf({ folder, path }: Backup): string {
    return join(folder, basename(path));
  }

  /** Keeps the bytes of a file. @throws the disk's errors; nothing is kept then */
  async keep(path: string, nowMs = Date.now()): Promise<Backup> {
    const folder = join(this.#folder, `${nowMs}-${randomBytes(4).toString('hex')}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      const { sizeBytes } = await stampOf(path);
      const backup = { path, keptAtMs: nowMs, sizeBytes, folder };
      await copyFile(path, this.fileOf(backup), constants.COPYFILE_FICLONE);
      await write(backup);
      return backup;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The file was replaced: from now on, `restore` knows whether it was changed since. Removes backups beyond the bounds. */
  async settle(backup: Backup): Promise<Backup> {
    const settled = { ...backup, after: await stampOf(backup.path) };
    await write(settled);
    for (const one of backupsToDrop(await this.list(), Date.now())) await this.drop(one);
    return settled;
  }

  /**
   * Brings a kept file back if nothing has changed the file that replaced it, or if that is gone.
   * @returns whether it is back
   * @throws the disk's errors
   */
  async restore(backup: Backup): Promise<boolean> {
    const now = await stampOf(backup.path).catch(() => undefined);
    const { after } = backup;
    if (now && (now.sizeBytes !== after?.sizeBytes || now.modifiedNs !== after.modifiedNs)) return false;
    await copyFile(this.fileOf(backup), backup.path, constants.COPYFILE_FICLONE);
    await this.drop(backup);
    return true;
  }

  /** All kept files, the latest first. */
  async list(): Promise<Backup[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const backups = await Promise.all(names.map((name) => read(join(this.#folder, name))));
    return backups.flatMap((one) => one ?? []).sort((one, other) => other.keptAtMs - one.keptAtMs);
  }

  async drop({ folder }: Backup): Promise<void> {
    await rm(folder, { recursive: true, force: true });
  }
}

async function write({ folder, ...facts }: Backup): Promise<void> {
  await writeFile(join(folder, FACTS), JSON.stringify(facts));
}

/** Undefined for a backup that another window is creating or removing. */
async function read(folder: string): Promise<Backup | undefined> {
  const text = await readFile(join(folder, FACTS), 'utf8').catch(() => '');
  const parsed = BACKUP.safeParse(parseJson(text));
  return parsed.success ? { ...parsed.data, folder } : undefined;
}

async function stampOf(path: string): Promise<z.infer<typeof STAMP>> {
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return { sizeBytes: Number(size), modifiedNs: String(mtimeNs) };
}
