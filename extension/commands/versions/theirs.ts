import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import type { Conflict } from '../../editor/conflicts.js';
import { withPatience } from '../../editor/patience.js';
import { t } from '../../words/index.js';

/**
 * A file with the content of the newest version, to look at. Nothing that is shared changes by that.
 * @throws ShoalError if nobody who has it is online, and the disk's errors
 */
export async function openTheirs(app: App, { groupId, fileName, newest }: Conflict): Promise<vscode.Uri> {
  const title = t('Fetching version {0} of {1}', newest.version, lastName(fileName));
  const { path } = await withPatience(title, true, (_report, signal) =>
    app.client.openVersion(groupId, fileName, newest.version, { signal }),
  );
  return vscode.Uri.file(await app.publishing.shown.show(path, newest.manifestId, lastName(fileName)));
}
