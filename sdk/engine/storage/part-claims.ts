import { join } from 'node:path';
import type { HeldFolder } from '../../disk/index.js';
import { KeyedQueue } from '../util/keyed-queue.js';
import { movePart, placeAside } from './part-place.js';

/** An open partial file, as far as others may have to move it. */
export interface OpenPart {
  moveAside(name: string): Promise<void>;
}

/** Open partial files by their paths, and the paths at which files are to stand in the end. A process has one disk: so this is per process. */
const openParts = new Map<string, OpenPart>();
const finalPaths = new Set<string>();
/** Names in a folder are chosen one after the other. */
const foldersInTurn = new KeyedQueue<string>();

/** Does something about a folder's names when what was to be done before about them has ended. */
export function inTurn<T>(folder: string, act: () => Promise<T>): Promise<T> {
  return foldersInTurn.take(folder, act);
}

export function claimPart(place: string, part: OpenPart): void {
  openParts.set(place, part);
}

export function leavePart(place: string, part: OpenPart): void {
  if (openParts.get(place) === part) openParts.delete(place);
}

export function claimFinal(path: string): void {
  finalPaths.add(path);
}

export function leaveFinal(path: string): void {
  finalPaths.delete(path);
}

/** Whether a path is known to be a real file's, though its name may be one of a partial file. */
export function isRealFile(path: string, isWhole: ((path: string) => boolean) | undefined): boolean {
  return finalPaths.has(path) || isWhole?.(path) === true;
}

/** Claims the name of a file that has no partial file: no partial file takes it until it is left, and one that has it moves. */
export async function takeName(
  folder: HeldFolder,
  name: string,
  isWhole: (path: string) => boolean,
): Promise<{ leave(): void }> {
  const path = join(folder.path, name);
  await inTurn(folder.path, async () => {
    await makeWay(folder, name, isWhole);
    claimFinal(path);
  });
  return { leave: () => leaveFinal(path) };
}

/**
 * Moves a partial file that has the name of a real file that is to stand there.
 * @param isReal whether a path is known to be a real file's already
 */
export async function makeWay(folder: HeldFolder, name: string, isReal: (path: string) => boolean): Promise<void> {
  const path = join(folder.path, name);
  const aside = isReal(path) ? undefined : await placeAside(folder, name);
  if (aside === undefined) return;
  const open = openParts.get(path);
  await (open ? open.moveAside(aside) : movePart(folder, name, aside));
}
