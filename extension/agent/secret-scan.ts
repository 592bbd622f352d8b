import { Worker } from 'node:worker_threads';
import { ShoalError } from '@shoal/sdk/protocol';

/** A larger text is data. */
export const MAX_SCANNED_BYTES = 65_536;
/** Files that are looked into at once: about three seconds of work. */
const MAX_SCANNED = 3000;
/** After that, what was found so far is all that is told. */
const MAX_SCAN_MS = 15_000;

/** Where the build puts the worker: beside the folder of the program that starts it. Sources (as tests run them) use the same. */
const WORKER = `${import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers'}/secret-worker.cjs`;

/** The file of this place in the list holds what the rule of this name looks for. */
export interface ScanFinding {
  readonly index: number;
  readonly rule: string;
}

export interface Scan {
  readonly findings: readonly ScanFinding[];
  /** Whether all were looked into. */
  readonly isWhole: boolean;
}

/**
 * Looks into small files for secrets, in a thread of its own, which is ended afterwards: the rules are another's, and a text that one of them takes
 * for ever over holds up nothing. @throws ShoalError `ABORTED`
 */
export async function scanForSecrets(paths: readonly string[], signal: AbortSignal): Promise<Scan> {
  const scanned = paths.slice(0, MAX_SCANNED);
  if (scanned.length === 0) return { findings: [], isWhole: true };
  const worker = new Worker(new URL(WORKER, import.meta.url), { execArgv: [] });
  const findings: ScanFinding[] = [];
  const over = AbortSignal.any([signal, AbortSignal.timeout(MAX_SCAN_MS)]);
  try {
    const isDone = await new Promise<boolean>((resolve, reject) => {
      worker.on('message', (told: ScanFinding | 'done') => {
        if (told === 'done') resolve(true);
        else findings.push(told);
      });
      worker.once('error', reject);
      worker.once('exit', () => resolve(false));
      if (over.aborted) resolve(false);
      over.addEventListener('abort', () => resolve(false), { once: true });
      worker.postMessage(scanned);
    });
    if (signal.aborted) throw new ShoalError('ABORTED', 'Stopped, as asked.');
    return { findings, isWhole: isDone && scanned.length === paths.length };
  } finally {
    await worker.terminate();
  }
}
