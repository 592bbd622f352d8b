import { stat, statfs } from 'node:fs/promises';
import { basename, dirname, relative, sep } from 'node:path';
import { ShoalError } from '../../protocol/index.js';
import { formatBytes } from '../util/format-bytes.js';

/** A download that needs disk space. */
export interface Arrival {
  /** The path of the file or folder. */
  readonly path: string;
  /** Whether the path is a folder, whose claim covers everything below it. */
  readonly isFolder: boolean;
  /** Whether the download is still in progress. */
  isComing(): boolean;
  /** Bytes that are not yet on the disk. */
  missingBytes(): Promise<number>;
}

/**
 * Disk space of running downloads. A new download must find enough space beyond what the earlier ones still need. So if
 * downloads do not fit together, the first ones complete instead of none.
 */
export class DiskSpace {
  /** The downloads with a claim, and their disks. */
  readonly #claims = new Map<Arrival, number>();

  /** Claims space for the whole download while it is in progress. @throws ShoalError `NO_SPACE` */
  async claim(arrival: Arrival): Promise<void> {
    if (this.#isPart(arrival)) return; // its folder's claim covers it
    const known = await lookAt(arrival.path);
    if (!known) return; // unknown free space: a write fails when the disk is full
    const { disk, freeBytes } = known;
    const missing = await arrival.missingBytes();
    const told = new Map<Arrival, number>();
    for (const claim of this.#othersOn(disk, arrival)) told.set(claim, await claim.missingBytes());
    // No `await` from here on, so that concurrent claims cannot count the same space. New claims require another look.
    const others = this.#othersOn(disk, arrival);
    if (others.some((claim) => !told.has(claim))) return this.claim(arrival);
    const takenBytes = others.reduce((sum, claim) => sum + (told.get(claim) ?? 0), 0);
    requireRoom(arrival.path, missing, freeBytes, takenBytes);
    this.#claims.set(arrival, disk);
  }

  /** Checks whether the download would fit alone. @throws ShoalError `NO_SPACE` */
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

/** The disk of a path, which need not exist, and its free bytes. */
async function lookAt(path: string): Promise<{ disk: number; freeBytes: number } | undefined> {
  const folder = dirname(path);
  try {
    const [{ dev }, { bavail, bsize }] = await Promise.all([stat(folder), statfs(folder)]);
    return { disk: dev, freeBytes: bavail * bsize };
  } catch {
    return undefined; // opening the file reports the reason
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
