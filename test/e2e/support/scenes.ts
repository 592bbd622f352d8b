import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { Peer } from './processes.js';

/** Creates the account and signs in. The password is `secret-` and the name. */
export async function signUp(peer: Peer, name: string): Promise<void> {
  assert.match(await peer.say(`create_user ${name} secret-${name}`), /created/);
  assert.match(await peer.say(`login ${name} secret-${name}`), /^logged in/);
}

/** Writes random bytes. Returns their SHA-1. */
export function randomFile(path: string, sizeBytes: number): string {
  const hash = createHash('sha1');
  const block = Buffer.allocUnsafe(4 << 20);
  const fd = openSync(path, 'w');
  for (let left = sizeBytes; left > 0; left -= block.length) {
    const bytes = randomFillSync(block).subarray(0, Math.min(left, block.length));
    hash.update(bytes);
    writeSync(fd, bytes);
  }
  closeSync(fd);
  return hash.digest('hex');
}

export function sha1Of(path: string): string {
  const hash = createHash('sha1');
  const block = Buffer.allocUnsafe(4 << 20);
  const fd = openSync(path, 'r');
  for (let count = readSync(fd, block); count > 0; count = readSync(fd, block)) hash.update(block.subarray(0, count));
  closeSync(fd);
  return hash.digest('hex');
}
