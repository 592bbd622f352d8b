import { type ChildProcess, fork, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { brotliDecompressSync } from 'node:zlib';
import { EMBEDDED } from './embedded-workers.js';

/** Workers that can be processes. */
export type ForkedName = 'folder-worker' | 'hash-worker';
type WorkerName = ForkedName | 'disk-worker' | 'transfer-worker';

/**
 * The URL of this bundle. A bundler leaves it undefined for CommonJS, and webpack replaces it by the URL of the source.
 */
const HERE: string | undefined = import.meta.url;

/** Starts a worker thread without the application's Node preloads: a TypeScript loader costs each thread 0.1 s. */
export function startWorker(name: WorkerName, workerData?: unknown): Worker {
  const file = fileOf(name);
  const options = { execArgv: [], workerData };
  return file === undefined ? new Worker(textOf(name), { ...options, eval: true }) : new Worker(file, options);
}

/** Starts a worker as a process. */
export function forkWorker(name: ForkedName): ChildProcess {
  const file = fileOf(name);
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const stdio: ('ignore' | 'ipc')[] = ['ignore', 'ignore', 'ignore', 'ipc'];
  if (file !== undefined) return fork(file, { execArgv: [], serialization: 'advanced', stdio, env });
  return spawn(process.execPath, ['--eval', textOf(name)], { serialization: 'advanced', stdio, env });
}

/**
 * The file of a worker: the build puts it beside the folder of each bundle, and sources (in tests) use the same file.
 * Undefined if the bundler of an application moved the library.
 */
function fileOf(name: WorkerName): string | undefined {
  if (!HERE?.startsWith('file:')) return undefined;
  const folder = HERE.endsWith('.ts') ? '../../dist/workers' : '../workers';
  const path = fileURLToPath(new URL(`${folder}/${name}.cjs`, HERE));
  if (!EMBEDDED) return path;
  const bytes = EMBEDDED.fileBytes[name];
  return bytes !== undefined && statSync(path, { throwIfNoEntry: false })?.size === bytes ? path : undefined;
}

function textOf(name: WorkerName): string {
  const text = EMBEDDED?.texts[name];
  if (text === undefined) throw new Error(`The program of the ${name} is missing.`);
  return brotliDecompressSync(Buffer.from(text, 'base64')).toString('utf8');
}
