import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** A path as typed, absolute: `~` at its front is the home folder, as in a shell. What ends as a folder still does. */
export function fromHome(path: string): string {
  const expanded = path === '~' || /^~[/\\]/.test(path) ? join(homedir(), path.slice(1)) : path;
  const endsAsFolder = /[/\\]$/.test(path);
  return `${resolve(expanded)}${endsAsFolder ? '/' : ''}`;
}
