import * as vscode from 'vscode';
import type { ShoalExports } from '../../../extension/api.js';

export const EXTENSION = 'shoal.shoal';

/** What the one who runs the suites has set up. */
export const setup = {
  tracker: read('SHOAL_SUITE_TRACKER'),
  /** For files of this run. */
  folder: read('SHOAL_SUITE_FOLDER'),
};

/** The group in which somebody else shares `film.bin`, and lets everyone in. */
export const GROUP = 'cinema';

export async function exportsOf(): Promise<ShoalExports> {
  const extension = vscode.extensions.getExtension<ShoalExports>(EXTENSION);
  if (!extension) throw new Error('The extension is not there.');
  return extension.activate();
}

export async function configure(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('shoal').update(name, value, vscode.ConfigurationTarget.Global);
}

function read(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
