import { basename } from 'node:path';
import type { ShareResult } from '@shoal/sdk';
import { eachInLanes } from '@shoal/sdk/program';
import { parseFileName, ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { askText } from '../../editor/ask.js';
import { tellAtFirstShare } from '../../editor/hosting-notes.js';
import { withPatience } from '../../editor/patience.js';
import { settings } from '../../editor/settings.js';
import { tellError } from '../../editor/tell.js';
import { saveFirst } from '../../editor/unsaved.js';
import { filesOf } from '../../model/presenters/present-folders.js';
import { type Order, SharePlan } from '../../model/sharing/share-plan.js';
import { errorFrom } from '../../remote/error-from.js';
import { EditorError, t, wordError } from '../../words/index.js';
import { type Agreement, agree } from './share-confirm.js';
import { type FolderTerms, type SharedFolder, shareWholeFolder, tellSkipped } from './share-folders.js';
import { askAndRemember, type ChosenGroup } from './share-group.js';
import { stopAll } from './stop-share.js';

const AT_ONCE = 4;

interface Failure {
  readonly path: string;
  readonly error: ShoalError;
}

/** What was shared, and what failed. */
interface Outcome {
  readonly shared: ShareResult[];
  readonly folders: SharedFolder[];
  readonly failed: Failure[];
}

/** Shares files and folders in a group after a confirmation. The user can stop and undo it. */
export async function shareIn(app: App, uris: readonly vscode.Uri[], group: ChosenGroup): Promise<void> {
  const paths = uris.filter((uri) => uri.scheme === 'file').map((uri) => uri.fsPath);
  if (paths.length === 0)
    throw new EditorError('NOT_A_FILE', t('Only files and folders on this computer can be shared.'));
  if (!(await saveFirst(paths))) return;
  const looking = t('Checking what to share…');
  const survey = await withPatience(looking, true, (_report, signal) => app.client.survey(paths, { signal }));
  const plan = new SharePlan(survey);
  if (plan.parts.length > 0) {
    const agreement = await agree(app, plan, group);
    if (!agreement || agreement.selection.files === 0) return;
    await shareAgreed(app, agreement, uris);
  } else if (plan.broken.length === 0) {
    void vscode.window.showInformationMessage(t('There is nothing to share in {0}.', basename(paths[0] ?? '')));
  }
  const failed = plan.broken.map(({ path, problem }) => ({ path, error: errorFrom(problem) }));
  await tellFailures(app, failed, group.groupId);
}

async function shareAgreed(
  app: App,
  { groupId, selection: { orders }, ...how }: Agreement,
  uris: readonly vscode.Uri[],
): Promise<void> {
  const { shared, folders, failed } = await shareAll(app, orders, groupId, how);
  await app.groups.onFilesChanged(groupId);
  if (shared.length + folders.length > 0) {
    void offerUndo(app, { shared, folders }, groupId, uris);
    void tellAtFirstShare(app, groupId);
  }
  void tellSkipped(app, folders);
  await tellFailures(app, failed, groupId);
}

/** Shares files and the files of folders, with a way to stop. */
async function shareAll(app: App, orders: readonly Order[], groupId: string, how: FolderTerms): Promise<Outcome> {
  const outcome: Outcome = { shared: [], folders: [], failed: [] };
  const first = basename(orders[0]?.path ?? '');
  const title =
    orders.length === 1
      ? t('Sharing {0} in {1}', first, groupId)
      : t('Sharing {0} files or folders in {1}', orders.length, groupId);
  await withPatience(title, true, async (report, signal) => {
    const parts = new Map<string, number>();
    const shareOne = async (order: Order) => {
      const { path, isFolder } = order;
      const tell = (part: number, message?: string) => {
        parts.set(path, part);
        const done = [...parts.values()].reduce((sum, one) => sum + one, 0);
        report(done / orders.length, orders.length > 1 ? basename(path) : message);
      };
      const onProgress = (hashed: number, size: number) => tell(size === 0 ? 1 : hashed / size);
      try {
        const options = { signal, algorithm: settings.digest, onProgress };
        if (isFolder) outcome.folders.push(await shareWholeFolder(app, { ...order, ...how }, groupId, tell, signal));
        else outcome.shared.push(await app.client.shareFile(path, groupId, options));
      } catch (error) {
        outcome.failed.push({ path, error: ShoalError.from(error) });
      }
    };
    await eachInLanes(AT_ONCE, orders, shareOne, signal);
  });
  return outcome;
}

async function offerUndo(
  app: App,
  { shared, folders }: Pick<Outcome, 'shared' | 'folders'>,
  groupId: string,
  uris: readonly vscode.Uri[],
): Promise<void> {
  const [undo, elsewhere] = [t('Undo'), t('Another Group…')];
  const [file] = shared;
  const [folder] = folders;
  const count = shared.length + folders.reduce((sum, { files }) => sum + files, 0);
  const text =
    file && count === 1
      ? t('{0} is shared in {1}.', file.fileName, groupId)
      : folder && shared.length === 0 && folders.length === 1
        ? t('{0} is shared in {1}: {2}.', folder.folder, groupId, filesOf(count))
        : t('{0} files are shared in {1}.', count, groupId);
  const choice = await vscode.window.showInformationMessage(text, undo, elsewhere);
  try {
    if (choice === undo) {
      const fresh = folders.flatMap((one) => one.fresh);
      await stopAll(app, groupId, [...shared.map(({ fileName }) => fileName), ...fresh]);
    } else if (choice === elsewhere) {
      const other = await askAndRemember(app);
      if (other !== undefined) await shareIn(app, uris, other);
    }
  } catch (error) {
    await tellError(error, app.log);
  }
}

/** Offers another name if the name is taken; otherwise reports the first failure, and logs the others. */
async function tellFailures(app: App, failed: readonly Failure[], groupId: string): Promise<void> {
  const real = failed.filter(({ error }) => error.code !== 'ABORTED');
  for (const { path, error } of real) app.log.error(`${path}: ${error.code}: ${error.message}`);
  const [first] = real;
  if (!first) return;
  if (real.length > 1) {
    const text = t(
      '{0} files could not be shared; {1}: {2}',
      real.length,
      basename(first.path),
      wordError(first.error).text,
    );
    await tellError(new EditorError(first.error.code, text), app.log);
  } else if (first.error.code === 'NAME_TAKEN') {
    const rename = t('Share under Another Name…');
    const text = t('{0} has another file named {1}.', groupId, basename(first.path));
    if ((await vscode.window.showErrorMessage(text, rename)) === rename) await shareRenamed(app, first.path, groupId);
  } else {
    await tellError(first.error, app.log);
  }
}

export async function shareRenamed(app: App, path: string, groupId: string): Promise<void> {
  const name = basename(path);
  const dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length;
  const fileName = await askText({
    title: t('Share under Another Name'),
    prompt: t('The name in {0}', groupId),
    value: `${name.slice(0, dot)} (${app.client.userId ?? ''})${name.slice(dot)}`,
    check: fileNameProblem,
  });
  if (typeof fileName !== 'string') return;
  await app.client.shareFile(path, groupId, { fileName, algorithm: settings.digest });
  await app.groups.onFilesChanged(groupId);
}

function fileNameProblem(name: string): string | undefined {
  if (name === '') return undefined;
  try {
    parseFileName(name);
    return undefined;
  } catch {
    return t('A file name has no slash, backslash or control character, and is not too long.');
  }
}
