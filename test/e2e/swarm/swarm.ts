import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { runInNamespaces } from './namespaces.js';

const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

export const SWARM_OPTIONS = z.object({
  /** Downloaders, without the seeder and the tracker. */
  peers: z.number().int().min(1).max(200),
  /** Rate of every link in each direction, in Mbit/s. */
  megabits: z.number().positive(),
  sizeMib: z.number().positive(),
  runs: z.number().int().min(1),
});
export type SwarmOptions = z.infer<typeof SWARM_OPTIONS>;

/** The result of one run, in which every downloader received and verified the file. */
const SWARM_RUN = z.object({
  /** Seconds from the first download command until each downloader reported completion, in their order. */
  doneSeconds: z.array(z.number()),
  /** Data that left the seeder's link meanwhile, in copies of the file. It includes all headers and acknowledgements. */
  seederCopies: z.number(),
});
export type SwarmRun = z.infer<typeof SWARM_RUN>;

/**
 * Runs real programs in network namespaces that a bridge connects: a seeder, a tracker, and downloaders that all request the same file at
 * once. Nothing of it remains when this settles.
 * @throws Error if anything fails, or the signal's reason if that ended it
 */
export async function runSwarms(
  options: SwarmOptions,
  onRun: (run: SwarmRun) => void,
  signal?: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-swarm-'));
  try {
    // Killed programs do not remove their folders: all of them are in this one.
    const env = { TMPDIR: folder };
    const onMessage = (message: unknown) => onRun(SWARM_RUN.parse(message));
    await runInNamespaces(INSIDE, [JSON.stringify(options)], onMessage, { env, ...(signal && { signal }) });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The lower bound in seconds for any scheme that brings the file to everyone (Kumar and Ross, 2006): file size over raw link rates, without
 * headers.
 */
export function boundSeconds({ peers, megabits, sizeMib }: SwarmOptions): number {
  const fileMegabits = (sizeMib * 2 ** 20 * 8) / 1e6;
  // The seeder's line and the slowest downloader's, and all lines that upload together.
  return Math.max(fileMegabits / megabits, (peers * fileMegabits) / ((peers + 1) * megabits));
}
