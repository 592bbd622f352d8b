import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { DiskFault } from '../../support/failing-disk.js';

/**
 * The environment of a process whose disk fails, in every thread and from before its first line of code.
 * @param outfile path for the module that is loaded first
 */
export function failingDisk(outfile: string, faults: readonly DiskFault[]): NodeJS.ProcessEnv {
  const contents = `import { FailingDisk } from './failing-disk.js'; new FailingDisk().fail(...${JSON.stringify(faults)});`;
  const resolveDir = fileURLToPath(new URL('../../support', import.meta.url));
  buildSync({ stdin: { contents, resolveDir }, outfile, bundle: true, platform: 'node', format: 'cjs' });
  return { NODE_OPTIONS: `--require=${outfile}` };
}
