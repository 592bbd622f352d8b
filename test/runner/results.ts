import { readFileSync } from 'node:fs';
import * as z from 'zod';

const RESULTS = z.record(z.string(), z.object({ passed: z.number(), failed: z.array(z.string()) }));

/** By the file's path below `test/`: how many tests passed, and the titles of those that failed. */
export type Results = z.infer<typeof RESULTS>;

/** Undefined if the process did not come to its end. */
export function readResults(path: string): Results | undefined {
  try {
    return RESULTS.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
