import type { FileVersion, Share } from '@shoal/sdk';
import { lastName } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice } from '../../editor/ask.js';
import { withPatience } from '../../editor/patience.js';
import { isUri } from '../../editor/uris.js';
import { versionUri } from '../../editor/version-files.js';
import { fileInTab } from '../../model/sharing/tab-file.js';
import type { VersionPlace } from '../../model/sharing/version-place.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { FileNode, TreeNode } from '../../model/tree/tree-nodes.js';
import { EditorError, t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';

type FileName = Pick<FileNode, 'groupId' | 'fileName'>;
type Row = TreeNode | vscode.Uri;

/** Shows the changes of a shared file since the version that was shared from here; of one that is behind, to the newest. */
export async function compareShared(app: App, node?: Row, selected?: readonly Row[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const share = await shareMeant(app, node, selected);
  if (!share) return;
  const versions = await app.client.listVersions(share.groupId, share.fileName);
  const own = versions.find(({ manifestId }) => manifestId === share.manifestId);
  const shown = share.state.name === 'behind' ? versions[0] : (own ?? versions[0]);
  if (!shown) throw new EditorError('VERSION_NOT_FOUND', t('The group keeps no version of {0}.', share.fileName));
  await compareWithMine(app, share, shown.version);
}

/** A version on the left, the file of this computer on the right. */
export async function compareWithMine(app: App, share: FileName & Pick<Share, 'path'>, version: number): Promise<void> {
  const left = { groupId: share.groupId, fileName: share.fileName, version };
  await fetchVersions(app, [left]);
  const title = t('{0} (version {1} ↔ mine)', lastName(share.fileName), version);
  await showChanges(versionUri(left), vscode.Uri.file(share.path), title);
}

/** The older version on the left. */
export async function compareVersions(
  app: App,
  { groupId, fileName }: FileName,
  pair: [number, number],
): Promise<void> {
  const [older, newer] = pair;
  const [left, right] = [older, newer].map((version): VersionPlace => ({ groupId, fileName, version }));
  if (!left || !right) return;
  await fetchVersions(app, [left, right]);
  const title = t('{0} (version {1} ↔ version {2})', lastName(fileName), older, newer);
  await showChanges(versionUri(left), versionUri(right), title);
}

export async function openVersion(app: App, { groupId, fileName }: FileName, version: number): Promise<void> {
  const place = { groupId, fileName, version };
  await fetchVersions(app, [place]);
  const uri = versionUri(place);
  const label = t('{0} (version {1})', lastName(fileName), version);
  await vscode.commands.executeCommand('vscode.open', uri, { preview: true }, label);
}

/** The version that this computer has of a file. */
export function versionHere(app: App, file: FileName, versions: readonly FileVersion[]): FileVersion | undefined {
  const share = app.client.mirror.shares.get(shareKey(file));
  return share && versions.find(({ manifestId }) => manifestId === share.manifestId);
}

/** Before an editor opens: only here the user can stop it, and is told why it fails. */
async function fetchVersions(app: App, places: readonly VersionPlace[]): Promise<void> {
  const [first] = places;
  if (!first) return;
  await withPatience(t('Fetching {0}…', lastName(first.fileName)), true, async (_report, signal) => {
    for (const place of places) await app.versionFiles.open(place, signal);
  });
}

async function showChanges(left: vscode.Uri, right: vscode.Uri, title: string): Promise<void> {
  await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
}

/** The share of a row, of a file in the explorer or an editor, else of the active editor, else one that is asked for. */
async function shareMeant(app: App, node?: Row, selected?: readonly Row[]): Promise<Share | undefined> {
  const rows = rowsMeant(node, Array.isArray(selected) ? (selected as readonly Row[]) : undefined);
  const shares = app.client.shares();
  const uris = rows.filter(isUri);
  const [row] = ofKinds(
    rows.filter((one): one is TreeNode => !isUri(one)),
    'file',
  );
  if (row) return shares.find((share) => shareKey(share) === shareKey(row));
  const open = fileInTab(vscode.window.tabGroups.activeTabGroup.activeTab?.input, isUri);
  const [path] = [...uris, ...(open ? [open] : [])].map(({ fsPath }) => fsPath);
  const ofFile = shares.filter((share) => share.path === path);
  if (ofFile.length === 1) return ofFile[0];
  const changed = shares.filter(({ state }) => state.name === 'edited' || state.name === 'behind');
  const choices = ofFile.length > 0 ? ofFile : changed;
  if (choices.length === 0) {
    void vscode.window.showInformationMessage(t('No shared file differs from its shared version.'));
    return undefined;
  }
  const answer = await askChoice(
    { title: t('Compare with Shared Version'), placeholder: t('Which file') },
    choices.map((share) => ({ label: share.fileName, description: share.groupId, detail: share.path, value: share })),
  );
  return typeof answer === 'object' ? answer : undefined;
}
