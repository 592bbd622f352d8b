import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** The folder for user data on a platform, with the folder `shoal` in it. */
export function defaultDataDir(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, home: string = homedir()): string {
  if (platform === 'win32') return win32.join(env.LOCALAPPDATA || win32.join(home, 'AppData', 'Local'), 'shoal');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support', 'shoal');
  // The XDG Base Directory Specification ignores relative paths.
  const dataHome = env.XDG_DATA_HOME;
  return posix.join(dataHome && posix.isAbsolute(dataHome) ? dataHome : posix.join(home, '.local', 'share'), 'shoal');
}
