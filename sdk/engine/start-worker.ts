import { Worker } from 'node:worker_threads';

/** Where the build puts the workers: beside the folder of each bundle that starts them. Sources (as tests run them) use the same. */
const FOLDER = import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers';

/** Starts a worker, with nothing that the application had Node load first: loaders and hooks cost each thread up to half a second. */
export function startWorker(name: 'check-worker' | 'hash-worker' | 'transfer-worker', workerData?: unknown): Worker {
  return new Worker(new URL(`${FOLDER}/${name}.cjs`, import.meta.url), { execArgv: [], workerData });
}
