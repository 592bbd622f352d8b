import { sep } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { tellError } from '../../editor/tell.js';
import { pathKey } from '../../model/sharing/share-index.js';

/**
 * Shares follow files and folders that this window renames or moves.
 * @param onFollowed called with the new path of each shared file, which may have been saved while its share had the old one
 */
export function followMoves(app: App, onFollowed: (path: string) => void): vscode.Disposable {
  return vscode.workspace.onDidRenameFiles(({ files }) => {
    const moves = files
      .filter(({ oldUri, newUri }) => oldUri.scheme === 'file' && newUri.scheme === 'file')
      .map(({ oldUri, newUri }) => ({ from: oldUri.fsPath, to: newUri.fsPath }));
    follow(app, moves, onFollowed).catch((error: unknown) => void tellError(error, app.log));
  });
}

async function follow(
  app: App,
  moves: readonly { readonly from: string; readonly to: string }[],
  onFollowed: (path: string) => void,
): Promise<void> {
  const before = new Map(app.client.shares().map((share) => [shareKey(share), share.path]));
  const concerned = moves.filter(({ from }) => [...before.values()].some((path) => isAtOrIn(path, from)));
  if (concerned.length === 0) return;
  const { choices, conflicts } = app.publishing;
  const newPaths = new Map<string, string>();
  for (const share of await app.client.moveShares(concerned)) {
    const former = before.get(shareKey(share));
    if (former === undefined) continue;
    app.log.info(`${former}, shared in ${share.groupId} as ${share.fileName}, is ${share.path} now.`);
    newPaths.set(former, share.path);
    await conflicts.end(former);
  }
  await choices.onMoved((path) => newPaths.get(path));
  for (const path of newPaths.values()) onFollowed(path);
}

function isAtOrIn(path: string, place: string): boolean {
  const [key, above] = [pathKey(path), pathKey(place)];
  return key === above || key.startsWith(above + sep);
}
