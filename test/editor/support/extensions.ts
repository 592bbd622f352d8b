import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installExtension } from './server.js';

const ROOT = new URL('../../../', import.meta.url).pathname;

/** The packed extension, as `npm run package` leaves it. */
export const VSIX = join(ROOT, 'extension/dist/shoal.vsix');

let installed: Promise<string> | undefined;

/** A folder of extensions with the packed extension, for all editors of this process: an installation takes seconds. */
export function installedExtensions(): Promise<string> {
  installed ??= install();
  return installed;
}

async function install(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-extensions-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const extensionsDir = join(folder, 'extensions');
  await installExtension(VSIX, { folder, extensionsDir });
  return extensionsDir;
}
