import { stat, statfs } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import { ShoalError } from '../../protocol/index.js';
import { formatBytes } from '../util/format-bytes.js';

/** What is on its way to a disk. */
export interface Arrival {
  /** The file, or the folder. */
  readonly path: string;
  /** Whether what lies below the path is a part of it. */
  readonly isFolder: boolean;
  /** Whether it still comes. */
  isComing(): boolean;
  /** Bytes that the disk does not have of it yet. */
  missingBytes(): Promise<number>;
}

/**
 * Room on disks, for what is on its way to them: what begins must find as much as is not needed by those that began before. So of downloads
 * that do not fit together the first come through, rather than none.
 */
export class DiskSpace {
  /** What has room, and on which disk. */
  readonly #claims = new Map<Arrival, number>();

  /** Sees to it that there is room for all of it, for as long as it comes. @throws ShoalError `NO_SPACE` */
  async claim(arrival: Arrival): Promise<void> {
    if (this.#isPart(arrival)) return; // its folder has room for it
    const known = await lookAt(arrival.path);
    if (!known) return; // a disk that does not tell: it says when it is full
    const { disk, freeBytes } = known;
    const missing = await arrival.missingBytes();
    const told = new Map<Arrival, number>();
    for (const claim of this.#othersOn(disk, arrival)) told.set(claim, await claim.missingBytes());
    // From here to the end nothing is waited for: those who come at once do not take the same room. What came meanwhile is looked at anew.
    const others = this.#othersOn(disk, arrival);
    if (others.some((claim) => !told.has(claim))) return this.claim(arrival);
    const takenBytes = others.reduce((sum, claim) => sum + (told.get(claim) ?? 0), 0);
    requireRoom(arrival.path, missing, freeBytes, takenBytes);
    this.#claims.set(arrival, disk);
  }

  /** Whether it could come if it came alone. @throws ShoalError `NO_SPACE` */
  async check(path: string, sizeBytes: number): Promise<void> {
    const known = await lookAt(path);
    if (known) requireRoom(path, sizeBytes, known.freeBytes, 0);
  }

  #othersOn(disk: number, arrival: Arrival): Arrival[] {
    for (const one of this.#claims.keys()) if (!one.isComing() || one.path === arrival.path) this.#claims.delete(one);
    return [...this.#claims].flatMap(([one, its]) =>
      its === disk && !this.#isPart(one) && !isBelow(one, arrival) ? [one] : [],
    );
  }

  #isPart(arrival: Arrival): boolean {
    return [...this.#claims.keys()].some((claim) => claim.isComing() && isBelow(arrival, claim));
  }
}

function isBelow({ path }: Arrival, folder: Arrival): boolean {
  if (!folder.isFolder || path === folder.path) return false;
  return !relative(folder.path, path).split(sep).includes('..');
}

/** The disk that a path is on, or is to be, and how much of it is free. */
async function lookAt(path: string): Promise<{ disk: number; freeBytes: number } | undefined> {
  const folder = dirname(path);
  try {
    const [{ dev }, { bavail, bsize }] = await Promise.all([stat(folder), statfs(folder)]);
    return { disk: dev, freeBytes: bavail * bsize };
  } catch {
    return undefined; // whoever opens a file there says why
  }
}

function requireRoom(path: string, missing: number, freeBytes: number, takenBytes: number): void {
  if (freeBytes - takenBytes >= missing) return;
  const others = takenBytes > 0 ? `, of which other downloads need ${formatBytes(takenBytes)}` : '';
  throw new ShoalError(
    'NO_SPACE',
    `${basename(path)} needs ${formatBytes(missing)}, and there are ${formatBytes(freeBytes)} left${others}: free some space, or choose another disk.`,
  );
}
