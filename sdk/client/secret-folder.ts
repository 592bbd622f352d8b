import { readdir } from 'node:fs/promises';

/** By what the data folders of a client and of a tracker are known: each has all of these, beside its keys. */
const MARKS = [
  ['device.json', 'manifests', 'folders'],
  ['identity.json', 'ticket-key.json'],
] as const;

/** Whether a folder with these names in it is a data folder of Shoal's: what is in it are keys, and is never shared. */
export function holdsKeys(names: Iterable<string>): boolean {
  const there = new Set(names);
  return MARKS.some((marks) => marks.every((name) => there.has(name)));
}

/** As `holdsKeys`, for a folder on the disk; one that cannot be read is none. */
export async function isSecretFolder(path: string): Promise<boolean> {
  return holdsKeys(await readdir(path).catch(() => []));
}
