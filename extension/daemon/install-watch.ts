import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '@shoal/sdk/disk';

const LOOK_EVERY_MS = 1000;

/** A file with this name beside a program marks an uninstalled extension; `uninstall/main.ts` creates it. */
export const UNINSTALLED = 'uninstalled';

export interface InstalledAs {
  /** The program of the daemon. */
  readonly program: string;
  /** The executable that runs it: the editor's own. */
  readonly executable: string;
  readonly platform: NodeJS.Platform;
}

/** How this process was started. */
export function ownInstall(): InstalledAs {
  return { program: process.argv[1] ?? '', executable: process.execPath, platform: process.platform };
}

/**
 * Calls back once when the daemon's extension was removed, or on Windows when something changes beside the editor's
 * executable: an update of the editor waits there until no process runs it.
 * @returns a function that ends the watch
 */
export function watchInstall(install: InstalledAs, onGone: () => void, lookEveryMs = LOOK_EVERY_MS): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal, ref: false };
  const watch = async (): Promise<void> => {
    const first = await versionOfEditor(install);
    do await sleep(lookEveryMs, undefined, options);
    while (!(await hasGone(install, first)));
    if (!stop.signal.aborted) onGone();
  };
  watch().catch(() => {}); // it was ended
  return () => stop.abort();
}

async function hasGone(install: InstalledAs, first: string): Promise<boolean> {
  const { program } = install;
  const mark = join(dirname(program), UNINSTALLED);
  const [isProgramThere, isUninstalled] = await Promise.all([isThere(program), isThere(mark, false)]);
  return !isProgramThere || isUninstalled || (await versionOfEditor(install)) !== first;
}

/** The state of the executable's folder, to detect changes. */
async function versionOfEditor({ executable, platform }: InstalledAs): Promise<string> {
  if (platform !== 'win32') return ''; // elsewhere a running executable can be replaced
  return stat(dirname(executable)).then(
    ({ ino, mtimeMs }) => `${ino} ${mtimeMs}`,
    () => 'gone',
  );
}

/** @param otherwise the result if that is unknown */
async function isThere(path: string, otherwise = true): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR' && otherwise,
  );
}
