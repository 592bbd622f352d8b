import type { FileStamp } from '../../disk/index.js';
import type { HashPool } from '../hashing/hash-pool.js';
import type { Served } from '../storage/whole-file.js';

/** A file on a disk that may stop answering: read elsewhere, so that this thread waits for nothing. */
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
    const length = targets.reduce((sum, target) => sum + target.length, 0);
    const bytes = await this.#hashes.readAway(this.#mount, this.path, this.stamp, position, length);
    let at = 0;
    for (const target of targets) {
      target.set(bytes.subarray(at, at + target.length));
      at += target.length;
    }
  }

  close(): void {} // the process that reads it keeps no more open than it may
}
