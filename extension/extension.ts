import type * as vscode from 'vscode';
import type { ShoalExports } from './api.js';
import { start } from './start.js';

/** Sets up what is shown; whatever takes time goes on behind it. */
export function activate(context: vscode.ExtensionContext): ShoalExports {
  const { client } = start(context);
  return {
    getAPI: (version) => {
      if (version !== 1) throw new RangeError(`Shoal has version 1 of its API, and not ${String(version)}.`);
      return { version, client: client.asEditorClient() };
    },
  };
}
