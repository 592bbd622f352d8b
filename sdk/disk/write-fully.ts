import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';

const writeBytes = promisify(write);

/**
 * Bytes handed to the system at once. It keeps a larger write in larger blocks of memory, and where a virtual machine gives its large free
 * blocks back to its host, each touch of one costs several times the copy.
 */
const MAX_WRITE_BYTES = 32 * 1024;

/** Writes all of `bytes`: the system may take less than it is given. @throws the disk's errors */
export function writeFullySync(fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    const length = Math.min(bytes.length - written, MAX_WRITE_BYTES);
    written += writeSync(fd, bytes, written, length, position + written);
  }
}

/** The same, while this thread does other things; `bytes` stay as they are until it is fulfilled. */
export async function writeFully(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const length = Math.min(bytes.length - written, MAX_WRITE_BYTES);
    written += (await writeBytes(fd, bytes, written, length, position + written)).bytesWritten;
  }
}
