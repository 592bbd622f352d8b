import assert from 'node:assert/strict';
import { parseAwayMounts } from '../../../sdk/disk/index.js';

const line = (point: string, type: string) => `36 35 98:0 / ${point} rw,noatime shared:1 - ${type} source rw`;

describe('the mounts of a computer', () => {
  it('may stop answering where they are a network or a program, and not the computer itself', () => {
    const mounts = [
      ['/', 'nfs4'],
      ['/home', 'ext4'],
      ['/mnt/nas', 'nfs4'],
      ['/mnt/a\\040b\\134c', 'fuse.sshfs'],
      ['/media/stick', 'vfat'],
      ['/proc/sys/fs/binfmt_misc', 'autofs'],
      ['/net', 'autofs'],
      ['/srv', 'cifs'],
      ['/srv', 'xfs'],
    ].map(([point = '', type = '']) => line(point, type));
    assert.deepEqual([...parseAwayMounts(mounts.join('\n'))], ['/mnt/nas', '/mnt/a b\\c', '/net']);
  });

  it('are none where the list says nothing of the kind', () => {
    for (const text of ['', '\n\n', 'nonsense', '1 2 3 - ', line('', 'nfs')])
      assert.equal(parseAwayMounts(text).size, 0);
  });
});
