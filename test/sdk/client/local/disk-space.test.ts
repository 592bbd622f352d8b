import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Arrival, DiskSpace } from '../../../../sdk/client/local/disk-space.js';
import { hasCode } from '../support.js';

/** Something on its way, of which nothing has come. */
class Coming implements Arrival {
  readonly path: string;
  readonly isFolder: boolean;
  bytes: number;
  hasEnded = false;

  constructor(path: string, bytes: number, isFolder = false) {
    this.path = path;
    this.bytes = bytes;
    this.isFolder = isFolder;
  }

  isComing(): boolean {
    return !this.hasEnded;
  }

  async missingBytes(): Promise<number> {
    return this.bytes;
  }
}

describe('room on a disk', () => {
  const space = () => new DiskSpace();
  const at = (...names: string[]) => join(tmpdir(), ...names);
  /** So much of the disk's free space. */
  const share = (part: number): number => {
    const { bavail, bsize } = statfsSync(tmpdir());
    return Math.floor(bavail * bsize * part);
  };

  it('is there for one that fits, and for none that does not', async () => {
    await space().claim(new Coming(at('small'), 1000));
    await space().check(at('small'), 1000);
    await assert.rejects(space().claim(new Coming(at('huge'), 2 ** 50)), hasCode('NO_SPACE'));
    await assert.rejects(space().check(at('huge'), 2 ** 50), hasCode('NO_SPACE'));
  });

  it('is kept for one of those that do not fit together, also when all ask at once', async () => {
    const disk = space();
    const all = ['a', 'b', 'c'].map((name) => new Coming(at(name), share(0.6)));
    const asked = await Promise.allSettled(all.map((one) => disk.claim(one)));
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(disk.claim(new Coming(at('e'), share(0.6))), hasCode('NO_SPACE'));
    await disk.claim(new Coming(at('d'), share(0.2)));
  });

  it('is free again as it comes, and when it comes no more', async () => {
    const disk = space();
    const first = new Coming(at('a'), share(0.6));
    await disk.claim(first);
    first.bytes = share(0.1);
    const second = new Coming(at('b'), share(0.6));
    await disk.claim(second);
    await assert.rejects(disk.claim(new Coming(at('c'), share(0.6))), hasCode('NO_SPACE'));
    second.hasEnded = true;
    await disk.claim(new Coming(at('c'), share(0.6)));
  });

  it("is counted once for a folder and its large files, whichever comes first, and anew for one's next try", async () => {
    const disk = space();
    const file = new Coming(at('tree', 'large'), share(0.5));
    await disk.claim(file);
    const folder = new Coming(at('tree'), share(0.8), true);
    await disk.claim(folder);
    await disk.claim(new Coming(at('tree', 'other'), share(0.7)));
    await disk.claim(folder);
    await assert.rejects(disk.claim(new Coming(at('tree.txt'), share(0.5))), hasCode('NO_SPACE'));
  });
});
