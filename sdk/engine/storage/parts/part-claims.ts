import { join } from 'node:path';
import type { HeldFolder } from '../../../disk/index.js';
import { KeyedQueue } from '../../util/keyed-queue.js';
import { movePart, placeAside } from './part-place.js';

/** An open partial file, for others that may have to move it. */
export interface OpenPart {
  moveAside(name: string): Promise<void>;
}

/**
 * Open partial files by path, and the paths of files in completion. It is state of the process, because a process has
 * one file system.
 */
const openParts = new Map<string, OpenPart>();
const finalPaths = new Set<string>();
/** Names in a folder are chosen one after the other. */
const foldersInTurn = new KeyedQueue<string>();

/** Runs work on the names of a folder after all earlier work on them. */
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

/** Whether a path is known to belong to a real file, although it looks like the name of a partial file. */
export function isRealFile(path: string, isWhole: ((path: string) => boolean) | undefined): boolean {
  return finalPaths.has(path) || isWhole?.(path) === true;
}

/**
 * Claims the name of a file that has no partial file: no partial file takes the name until it is released, and one that
 * has it moves.
 */
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
 * Moves a partial file away from the name of a real file.
 * @param isReal whether a path is known to belong to a real file
 */
export async function makeWay(folder: HeldFolder, name: string, isReal: (path: string) => boolean): Promise<void> {
  const path = join(folder.path, name);
  const aside = isReal(path) ? undefined : await placeAside(folder, name);
  if (aside === undefined) return;
  const open = openParts.get(path);
  await (open ? open.moveAside(aside) : movePart(folder, name, aside));
}
