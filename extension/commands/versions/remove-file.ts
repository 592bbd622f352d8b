import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { withPatience } from '../../editor/patience.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { FileNode, TreeNode } from '../../model/tree/tree-nodes.js';
import { t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';
import { askFile } from '../downloads/download-commands.js';
import { withRights } from './file-rights.js';

/** Removes files from their group for everybody, after a confirmation. */
export async function removeFile(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const rows = ofKinds(rowsMeant(node, selected), 'file');
  const files = rows.length > 0 ? rows : await askFile(app, t('Remove from Group'));
  if (files.length === 0 || !(await confirm(files))) return;
  const title = t('Removing {0}', filesOf(files.length));
  try {
    await withPatience(title, true, async (report, signal) => {
      for (const [done, file] of files.entries()) {
        await withRights(app, file, () => app.client.removeFile(file.groupId, file.fileName, { signal }));
        report((done + 1) / files.length);
      }
    });
  } finally {
    for (const groupId of new Set(files.map((file) => file.groupId))) await app.groups.onFilesChanged(groupId);
  }
}

async function confirm(files: readonly Pick<FileNode, 'groupId' | 'fileName'>[]): Promise<boolean> {
  const [first] = files;
  if (!first) return false;
  const remove = t('Remove');
  const text =
    files.length === 1
      ? t('Remove {0} from {1}?', first.fileName, first.groupId)
      : t('Remove {0} from their group?', filesOf(files.length));
  const detail = t(
    'The group forgets all versions, and nobody can download them any more. Files on the computers of members stay where they are.',
  );
  return (await vscode.window.showWarningMessage(text, { modal: true, detail }, remove)) === remove;
}
