import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Where the build puts the workers: beside the folder of each bundle that starts them. Sources (as tests run them) use the same. */
const FOLDER = import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers';

export function workerPath(name: 'hash-worker'): string {
  return fileURLToPath(new URL(`${FOLDER}/${name}.cjs`, import.meta.url));
}

/** Starts a worker, with nothing that the application had Node load first: a TypeScript loader costs each thread 0.1 s. */
export function startWorker(name: 'check-worker' | 'hash-worker' | 'transfer-worker', workerData?: unknown): Worker {
  return new Worker(new URL(`${FOLDER}/${name}.cjs`, import.meta.url), { execArgv: [], workerData });
}
