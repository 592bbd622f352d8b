/** Where the build puts the workers: beside the folder of each bundle that starts them. Sources (as tests run them) use the same. */
const FOLDER = import.meta.url.endsWith('.ts') ? '../dist/workers' : '../workers';

export function workerUrl(name: 'check-worker' | 'hash-worker' | 'transfer-worker'): URL {
  return new URL(`${FOLDER}/${name}.cjs`, import.meta.url);
}
