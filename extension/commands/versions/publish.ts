import type { Share, ShareResult } from '@shoal/sdk';
import { lastName, MAX_NOTE_CHARACTERS, ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice, askText } from '../../editor/ask.js';
import { withPatience } from '../../editor/patience.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { saveFirst } from '../../editor/unsaved.js';
import { isUri } from '../../editor/uris.js';
import { mayPublish } from '../../model/sharing/publish-right.js';
import { pathKey } from '../../model/sharing/share-index.js';
import { fileInTab } from '../../model/sharing/tab-file.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { TreeNode } from '../../model/tree/tree-nodes.js';
import { EditorError, t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';
import { shareRenamed } from '../sharing/share-run.js';
import { showConflict, tellConflict } from './conflict.js';

/** How a file is published. */
export interface PublishWish {
  readonly note?: string | undefined;
  /** The version that the user has seen; without it, the one that this computer knows. */
  readonly base?: number | undefined;
  /** The user waits for it; otherwise a save has caused it. */
  readonly isAsked: boolean;
}

/** Time that the result of a publication stays in the status bar. */
const TOLD_MS = 8000;

/** Errors that end by themselves: a publication that a save has caused is repeated then. */
const PASSING: ReadonlySet<string> = new Set([
  ...['CLOSED', 'DISCONNECTED', 'NOT_LOGGED_IN', 'RATE_LIMITED', 'SHUTTING_DOWN', 'TIMEOUT', 'UNAVAILABLE'],
  'FILE_CHANGED',
]);

/** Publishes edited files as new versions: those of the rows, of the editor's title, the open one, or one to choose. */
export async function publish(app: App, row?: TreeNode | vscode.Uri, selected?: readonly TreeNode[]): Promise<void> {
  await publishMeant(app, row, selected, async () => ({ isAsked: true }));
}

/** Like `publish`, with a note that says why. */
export async function publishWithNote(
  app: App,
  row?: TreeNode | vscode.Uri,
  selected?: readonly TreeNode[],
): Promise<void> {
  await publishMeant(app, row, selected, async () => {
    const note = await askText({
      title: t('Publish New Version'),
      prompt: t('What has changed, for the members of the group'),
      check: (value) =>
        value.length > MAX_NOTE_CHARACTERS ? t('A note has at most {0} characters.', MAX_NOTE_CHARACTERS) : undefined,
    });
    return typeof note === 'string' ? { isAsked: true, note } : undefined;
  });
}

async function publishMeant(
  app: App,
  row: TreeNode | vscode.Uri | undefined,
  selected: readonly TreeNode[] | undefined,
  ask: () => Promise<PublishWish | undefined>,
): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const shares = await sharesMeant(app, row, selected);
  if (shares.length === 0) return;
  const paths = [...new Set(shares.map(({ path }) => path))];
  if (!(await saveFirst(paths))) return;
  for (const path of paths) app.publishing.saves.drop(path);
  const wish = await ask();
  if (!wish) return;
  for (const path of paths) {
    const ofPath = shares.filter((share) => share.path === path);
    await publishPath(app, path, ofPath, wish);
  }
}

/** Publishes the content of one file in the groups of these shares. Reports errors itself. Returns whether it is to be repeated. */
export async function publishPath(
  app: App,
  path: string,
  shares: readonly Share[],
  wish: PublishWish,
): Promise<'done' | 'later'> {
  let outcome: 'done' | 'later' = 'done';
  await app.publishing.queue.take(pathKey(path), async () => {
    for (const share of shares) if ((await publishShare(app, share, wish)) === 'later') outcome = 'later';
  });
  return outcome;
}

async function publishShare(app: App, share: Share, wish: PublishWish): Promise<'done' | 'later'> {
  const { groupId, fileName, path } = share;
  try {
    const result = await withProgress(share, wish, (onProgress, signal) => {
      const { note, base } = wish;
      const options = { fileName, algorithm: settings.digest, onProgress, ...(signal && { signal }) };
      return app.client.shareFile(path, groupId, { ...options, note, base });
    });
    await app.publishing.conflicts.end(path);
    tellPublished(result, groupId, wish);
    await app.groups.onFilesChanged(groupId);
  } catch (thrown) {
    const error = ShoalError.from(thrown);
    if (error.code === 'ABORTED') return 'done';
    if (!wish.isAsked && PASSING.has(error.code)) {
      app.log.warn(`${path} is published later: ${error.message}`);
      return 'later';
    }
    await tellRefused(app, share, wish, error).catch((failed: unknown) => void tellError(failed, app.log));
  }
  return 'done';
}

/** Shows how far the file is hashed: in a notification if the user waits for it, otherwise in the status bar. */
function withProgress(
  { fileName, groupId }: Share,
  { isAsked }: PublishWish,
  work: (onProgress: (hashed: number, size: number) => void, signal?: AbortSignal) => Promise<ShareResult>,
): Thenable<ShareResult> {
  const title = t('Publishing {0} in {1}', lastName(fileName), groupId);
  if (!isAsked)
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => work(() => {}));
  return withPatience(title, true, (report, signal) =>
    work((hashed, size) => report(size === 0 ? 1 : hashed / size), signal),
  );
}

function tellPublished({ fileName, version, outcome }: ShareResult, groupId: string, { isAsked }: PublishWish): void {
  const name = lastName(fileName);
  if (outcome === 'unchanged') {
    if (isAsked) void vscode.window.showInformationMessage(t('{0} has no changes to publish in {1}.', name, groupId));
    return;
  }
  const text =
    version === undefined
      ? t('{0} is shared in {1}.', name, groupId)
      : t('{0} is published in {1} as version {2}.', name, groupId, version);
  vscode.window.setStatusBarMessage(`$(check) ${text}`, TOLD_MS);
}

async function tellRefused(app: App, share: Share, wish: PublishWish, error: ShoalError): Promise<void> {
  const { groupId, fileName, path } = share;
  const { newest } = error;
  if (error.code === 'VERSION_CONFLICT' && newest?.version !== undefined) {
    const conflict = { groupId, fileName, path, newest: { ...newest, version: newest.version } };
    if (wish.isAsked) await showConflict(app, conflict);
    else void tellConflict(app, conflict);
  } else if (error.code === 'NAME_TAKEN') {
    void offerAnotherName(app, share);
  } else {
    void tellError(error, app.log);
  }
}

/** The versions of the file are published by somebody else. */
async function offerAnotherName(app: App, { groupId, fileName, path }: Share): Promise<void> {
  const rename = t('Share under Another Name…');
  const author = app.groups.file(groupId, fileName)?.sharedBy;
  const text =
    author === undefined
      ? t('In {0}, only its author publishes versions of {1}.', groupId, lastName(fileName))
      : t('In {0}, only {1} publishes versions of {2}.', groupId, author, lastName(fileName));
  if ((await vscode.window.showWarningMessage(text, rename)) !== rename) return;
  await shareRenamed(app, path, groupId).catch((error: unknown) => void tellError(error, app.log));
}

/** The edited shares of a file that this user may publish. Asks the tracker for what it does not know. */
export async function publishableShares(app: App, path: string): Promise<Share[]> {
  const edited = app.client.shares().filter((share) => isEdited(share) && pathKey(share.path) === pathKey(path));
  const allowed: Share[] = [];
  for (const share of edited) if (await isAllowed(app, share)) allowed.push(share);
  return allowed;
}

async function isAllowed(app: App, share: Share): Promise<boolean> {
  const { groupId, fileName } = share;
  const look = () => mayPublish(app.groups.group(groupId), app.groups.file(groupId, fileName), app.client.userId);
  if (look() === undefined && app.groups.group(groupId)) await app.groups.children(app.groups.groupNode(groupId));
  return look() !== false; // the tracker decides what is unknown here
}

function isEdited({ state }: Share): boolean {
  return state.name === 'edited';
}

async function sharesMeant(
  app: App,
  row: TreeNode | vscode.Uri | undefined,
  selected: readonly TreeNode[] | undefined,
): Promise<Share[]> {
  const edited = app.client.shares().filter(isEdited);
  const at = (uri: vscode.Uri) => edited.filter(({ path }) => pathKey(path) === pathKey(uri.fsPath));
  if (isUri(row)) return orThrow(at(row), row.fsPath);
  const nodes = ofKinds(rowsMeant(row, selected), 'file');
  if (nodes.length > 0) {
    const keys = new Set(nodes.map(shareKey));
    return orThrow(
      edited.filter((share) => keys.has(shareKey(share))),
      nodes[0]?.fileName ?? '',
    );
  }
  const open = fileInTab(vscode.window.tabGroups.activeTabGroup.activeTab?.input, isUri);
  const ofOpen = open ? at(open) : [];
  return ofOpen.length > 0 ? ofOpen : askEdited(edited);
}

function orThrow(shares: Share[], name: string): Share[] {
  if (shares.length > 0) return shares;
  const text = t('{0} is as it was shared: there are no changes to publish.', lastName(name.replaceAll('\\', '/')));
  throw new EditorError('INVALID_ARGUMENT', text);
}

async function askEdited(edited: readonly Share[]): Promise<Share[]> {
  if (edited.length === 0) {
    void vscode.window.showInformationMessage(t('No shared file has changes to publish.'));
    return [];
  }
  const choices = edited.map((share) => ({
    ...{ label: share.fileName, description: share.groupId, detail: share.path, value: share },
  }));
  const answer = await askChoice({ title: t('Publish New Version'), placeholder: t('Which file') }, choices);
  return answer === undefined || typeof answer === 'symbol' ? [] : [answer];
}
