import type * as vscode from 'vscode';
import type { ShoalExports } from './api.js';
import { editorClientOf } from './remote/editor-client.js';
import { start } from './start.js';

/** Sets up the views; long work continues in the background. */
export function activate(context: vscode.ExtensionContext): ShoalExports {
  const app = start(context);
  const client = editorClientOf(app.client);
  return {
    getAPI: (version) => {
      if (version !== 1) throw new RangeError(`Shoal has version 1 of its API, and not ${String(version)}.`);
      return { version, client };
    },
  };
}
