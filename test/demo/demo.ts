import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadProgress } from '@shoal/sdk';
import { DemoPeer, startTracker } from './demo-program.js';
import { LiveLine, progressLine } from './progress-bar.js';

/**
 * Shoal's main job, with real processes on this computer: a tracker and four peers. Three share a file, the fourth
 * downloads it from all of them; then one who lost his copy downloads it again, now from the fourth as well.
 */

const SIZE_MIB = 256;
const FILE = 'lecture.mkv';
const GROUP = 'lab';

const folder = await mkdtemp(join(tmpdir(), 'shoal-demo-'));
const cleanUps: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
const beganMs = Date.now();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void cleanUp().then(() => process.exit(130)));
}
try {
  await run();
} catch (error) {
  process.stderr.write(`The demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}

async function run(): Promise<void> {
  say(`Making a file of ${SIZE_MIB} MiB, and starting a tracker and four peers, each a process of its own.`);
  const source = join(folder, FILE);
  const [sha1, tracker] = await Promise.all([writeRandomFile(source), startTracker(join(folder, 'tracker'))]);
  cleanUps.push(() => tracker.stop());

  const [ann, bob, cem, dee] = await Promise.all(
    ['ann', 'bob', 'cem', 'dee'].map((name) => startPeer(name, tracker.url)),
  );
  if (!ann || !bob || !cem || !dee) throw new Error('a peer is missing');
  say(`Each has an account. ann makes the group ${GROUP}; bob, cem and dee ask to join, and she accepts them.`);
  await ann.do('createGroup', [GROUP]);
  for (const peer of [bob, cem, dee]) {
    await peer.do('joinGroup', [GROUP]);
    await ann.do('acceptRequest', [GROUP, peer.name]);
  }

  say(`ann, bob and cem share ${FILE}: it is hashed, and its hashes are registered; no byte of it leaves them.`);
  await Promise.all([ann, bob, cem].map((peer) => share(peer, source)));

  say(`dee downloads it, from all three at once:`);
  await download(dee, sha1);

  say('cem stops sharing and loses his copy. He downloads it again, and dee is a source now, too:');
  await cem.do('stopShare', [GROUP, FILE]);
  await rm(join(folder, cem.name, FILE));
  await download(cem, sha1);

  await Promise.all([ann, bob, cem, dee].map((peer) => peer.do('close')));
  say(
    `Done in ${((Date.now() - beganMs) / 1000).toFixed(1)} s. Encrypted, members only, every piece verified; nothing is left behind.`,
  );
}

async function startPeer(name: string, tracker: string): Promise<DemoPeer> {
  await mkdir(join(folder, name));
  const peer = new DemoPeer(name, tracker, join(folder, name, 'state'));
  cleanUps.push(() => peer.stop());
  await peer.do('signUp', [name, `secret-${name}`]);
  return peer;
}

async function share(peer: DemoPeer, source: string): Promise<void> {
  const copy = join(folder, peer.name, FILE);
  await copyFile(source, copy);
  await peer.do('shareFile', [copy, GROUP]);
}

async function download(peer: DemoPeer, sha1: string): Promise<void> {
  const line = new LiveLine();
  const startedMs = Date.now();
  let last: DownloadProgress | undefined;
  await peer.do('downloadFile', [GROUP, FILE, join(folder, peer.name)], (progress) => {
    last = progress;
    line.draw(progressLine(progress));
  });
  line.end();
  const seconds = (Date.now() - startedMs) / 1000;
  if ((await sha1Of(join(folder, peer.name, FILE))) !== sha1) throw new Error(`${peer.name} got another file`);
  const givers = last?.sources.filter((one) => one.pieces > 0).length ?? 0;
  say(
    `  ${SIZE_MIB} MiB in ${seconds.toFixed(2)} s, whole and verified, from ${givers} sources; SHA-1 ${sha1} as at ann's.`,
  );
}

/** Writes random bytes; their SHA-1. */
async function writeRandomFile(path: string): Promise<string> {
  const hash = createHash('sha1');
  const block = Buffer.allocUnsafe(1 << 20);
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < SIZE_MIB; written++) {
      randomFillSync(block);
      hash.update(block);
      await file.write(block);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function sha1Of(path: string): Promise<string> {
  const hash = createHash('sha1');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>)
    hash.update(chunk);
  return hash.digest('hex');
}

async function cleanUp(): Promise<void> {
  for (const one of cleanUps.splice(0).reverse()) await one().catch(() => {});
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
