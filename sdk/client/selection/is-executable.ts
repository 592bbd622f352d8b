import { stat } from 'node:fs/promises';

/** Whether its owner can execute a file; undefined on Windows, and if the file cannot be examined. */
export async function isExecutable(path: string): Promise<boolean | undefined> {
  return stat(path).then(
    ({ mode }) => executableIn(mode),
    () => undefined, // the file went since it was hashed, which the next look at it reports
  );
}

/** Whether a mode lets the owner of the file execute it; undefined on Windows. */
export function executableIn(mode: number): boolean | undefined {
  return process.platform === 'win32' ? undefined : (mode & 0o100) !== 0;
}
