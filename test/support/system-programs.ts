import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withLock } from './lock.js';
import { run } from './run.js';

/** A program that npm does not install: its possible names, and its Debian package. */
export interface SystemProgram {
  readonly names: readonly string[];
  readonly debian: string;
  /** Folders outside the PATH into which the package puts it. */
  readonly elsewhere?: () => readonly string[];
}

/** The location of a program on the PATH. */
export function findProgram(...names: readonly string[]): Promise<string | undefined> {
  return locate({ names });
}

/** The location of a program, on the PATH first. */
export async function locate({
  names,
  elsewhere,
}: Pick<SystemProgram, 'names' | 'elsewhere'>): Promise<string | undefined> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [...onPath, ...(elsewhere?.() ?? [])];
  for (const path of names.flatMap((name) => folders.map((folder) => join(folder, name)))) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

/**
 * Installs missing programs if it may, as root on Debian. Otherwise rejects with one line that says how to install them.
 * @param who what needs the programs; it begins that line
 */
export async function ensurePrograms(who: string, programs: readonly SystemProgram[]): Promise<void> {
  if ((await missingOf(programs)).length === 0) return;
  await withLock(join(tmpdir(), 'shoal-test-programs.lock'), async () => {
    const missing = await missingOf(programs);
    if (missing.length === 0) return;
    const packages = missing.map(({ debian }) => debian);
    const byHand = `${who} need ${packages.join(', ')}: install them (Debian: apt-get install ${packages.join(' ')}).`;
    if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new Error(byHand);
    try {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      await run('apt-get', ['update'], { env });
      await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
    } catch (error) {
      throw new Error(`${byHand} ${error instanceof Error ? error.message : String(error)}`);
    }
    if ((await missingOf(missing)).length > 0) throw new Error(byHand);
  });
}

export function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function missingOf(programs: readonly SystemProgram[]): Promise<SystemProgram[]> {
  const found = await Promise.all(programs.map(locate));
  return programs.filter((_, index) => found[index] === undefined);
}
