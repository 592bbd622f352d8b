import { awayMountOf, type FileStamp, roomIn, spread } from '../../disk/index.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { OpenFiles } from '../storage/parts/open-files.js';
import { type Served, WholeFile } from '../storage/parts/whole-file.js';

/** A whole file, wherever its disk is. */
export function fileOnAnyDisk(hashes: HashPool): (path: string, stamp: FileStamp, open: OpenFiles) => Served {
  return (path, stamp, open) => {
    const mount = awayMountOf(path);
    return mount === undefined ? new WholeFile(path, stamp, open) : new AwayFile(path, stamp, mount, hashes);
  };
}

/** A file on a disk that may stop answering: another process reads it, so that this thread never waits. */
export class AwayFile implements Served {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly #mount: string;
  readonly #hashes: HashPool;

  constructor(path: string, stamp: FileStamp, mount: string, hashes: HashPool) {
    this.path = path;
    this.stamp = stamp;
    this.#mount = mount;
    this.#hashes = hashes;
  }

  async read(targets: readonly Buffer[], position: number): Promise<void> {
    spread(await this.#hashes.readAway(this.#mount, this.path, this.stamp, position, roomIn(targets)), targets);
  }

  close(): void {} // the reading process bounds its open files itself
}
