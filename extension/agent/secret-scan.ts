import { Worker } from 'node:worker_threads';
import { ShoalError } from '@shoal/sdk/protocol';

/** A larger text is data. */
export const MAX_SCANNED_BYTES = 65_536;
/** Scanned files: about three seconds of work. */
const MAX_SCANNED = 3000;
/** Time limit of a scan. It then reports what it has found. */
const MAX_SCAN_MS = 15_000;

/** The build puts the worker beside the folder of its program. Sources (in tests) use the same file. */
const WORKER = `${import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers'}/secret-worker.cjs`;

/** The rule that matched in the file with this index. */
export interface ScanFinding {
  readonly index: number;
  readonly rule: string;
}

export interface Scan {
  readonly findings: readonly ScanFinding[];
  /** Whether all files were scanned. */
  readonly isWhole: boolean;
}

/**
 * Scans small files for secrets in a worker thread, and ends it afterwards: the rules are third-party, and a text that
 * takes a rule for ever blocks nothing. @throws ShoalError `ABORTED`
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
