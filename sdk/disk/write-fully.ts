import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/**
 * Bytes in one write call. The system allocates larger blocks for larger writes; in a virtual machine that returns
 * large free blocks to its host, each use of such a block costs several times the copy.
 */
const MAX_WRITE_BYTES = 32 * 1024;

/** Writes all of `bytes`, also if the system writes only a part at a time. @throws errors of the disk as they are */
export function writeFullySync(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    const length = Math.min(bytes.length - written, MAX_WRITE_BYTES);
    written += writeSync(fd, bytes, written, length, position + written);
  }
}

/** Like `writeFullySync`, without blocking the thread. `bytes` must not change until the promise resolves. */
export async function writeFully(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const length = Math.min(bytes.length - written, MAX_WRITE_BYTES);
    written += (await writeBytes(fd, bytes, written, length, position + written)).bytesWritten;
  }
}
