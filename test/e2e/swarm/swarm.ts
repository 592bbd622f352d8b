import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runInNamespaces } from './namespaces.js';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

export const SWARM_OPTIONS = z.object({
  /** Downloaders; the seeder and the tracker come on top. */
  peers: z.number().int().min(1).max(200),
  /** Of every link, each way, in Mbit/s. */
  megabits: z.number().positive(),
  sizeMib: z.number().positive(),
  runs: z.number().int().min(1),
});
export type SwarmOptions = z.infer<typeof SWARM_OPTIONS>;

/** One run: every downloader had the file, complete, verified and right. */
const SWARM_RUN = z.object({
  /** From the first command to fetch the file until each downloader said that it had it, in their order. */
  doneSeconds: z.array(z.number()),
  /** What left the seeder's link meanwhile, in files: all headers count, and what the seeder acknowledged. */
  seederCopies: z.number(),
});
export type SwarmRun = z.infer<typeof SWARM_RUN>;

/**
 * Real programs in network namespaces of their own, which a bridge joins: a seeder, a tracker, and downloaders that all ask for the
 * same file at once. Nothing of it is left when this settles.
 * @throws Error when anything goes wrong, and the signal's reason when that ended it
 */
export async function runSwarms(
  options: SwarmOptions,
  onRun: (run: SwarmRun) => void,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-swarm-'));
  try {
    // What is killed removes no folder of its own: all of theirs are in this one.
    const env = { TMPDIR: folder };
    const onMessage = (message: unknown) => onRun(SWARM_RUN.parse(message));
    await runInNamespaces(INSIDE, [JSON.stringify(options)], onMessage, { env, ...(signal && { signal }) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The least time in which any scheme could bring the file to everyone (Kumar and Ross, 2006), in seconds: file over raw rate of the links,
 * without any header.
 */
export function boundSeconds({ peers, megabits, sizeMib }: SwarmOptions): number {
  const fileMegabits = (sizeMib * 2 ** 20 * 8) / 1e6;
  // The seeder's line, the slowest downloader's, and all lines that send together.
  return Math.max(fileMegabits / megabits, (peers * fileMegabits) / ((peers + 1) * megabits));
}
