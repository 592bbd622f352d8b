import { writeSync } from 'node:fs';

/** Writes all of `bytes`: the system may take less than it is given. @throws the disk's errors */
export function writeFullySync(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}
