import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileVersion } from '@shoal/sdk';
import { lastName, ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from '../../app.js';
import { shareKey } from '../../contract/records.js';
import { askChoice, BACK, type Choice } from '../../editor/ask.js';
import { withPatience } from '../../editor/patience.js';
import { freePathBeside, withAddition } from '../../model/downloads/free-name.js';
import { presentVersion } from '../../model/presenters/present-versions.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import type { FileNode, TreeNode } from '../../model/tree/tree-nodes.js';
import { EditorError, t } from '../../words/index.js';
import { ensureSignedIn } from '../accounts/signed-in.js';
import { destinationFolder } from '../downloads/destination.js';
import { askFile } from '../downloads/download-commands.js';
import { compareVersions, compareWithMine, openVersion, versionHere } from './compare.js';
import { withRights } from './file-rights.js';

/** More versions are shown on request. */
const PAGE = 50;

type FileName = Pick<FileNode, 'groupId' | 'fileName'>;
type Act = (app: App, file: FileName) => Promise<void>;
interface Action extends Choice<Act> {}

/** Shows the versions of a file, and does something with the chosen one. */
export async function listVersions(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const [row] = ofKinds(rowsMeant(node, selected), 'file');
  const [file] = row ? [row] : await askFile(app, t('History'));
  if (!file) return;
  const versions = await app.client.listVersions(file.groupId, file.fileName);
  for (;;) {
    const version = await askVersion(app, file, versions);
    if (!version) return;
    const title = t('Version {0} of {1}', version.version, file.fileName);
    const answer = await askChoice(
      { title, place: { step: 2, totalSteps: 2 } },
      actionsFor(app, file, version, versions),
    );
    if (answer === BACK) continue;
    if (typeof answer === 'function') await answer(app, file);
    return;
  }
}

async function askVersion(
  app: App,
  file: FileName,
  versions: readonly FileVersion[],
): Promise<FileVersion | undefined> {
  const title = t('History of {0}', file.fileName);
  const here = versionHere(app, file, versions);
  for (let shown = PAGE; ; shown += PAGE) {
    const choices: Choice<FileVersion | 'more'>[] = versions.slice(0, shown).map((version) => ({
      ...presentVersion(version, app.client.userId, Date.now(), version === here),
      value: version,
    }));
    const left = versions.length - shown;
    if (left > 0) choices.push({ label: t('Show {0} Older Versions', Math.min(left, PAGE)), value: 'more' });
    const question = { title, placeholder: t('Which version'), place: { step: 1, totalSteps: 2 } };
    const answer = await askChoice(question, choices);
    if (answer !== 'more') return typeof answer === 'object' ? answer : undefined;
  }
}

function actionsFor(app: App, file: FileName, chosen: FileVersion, versions: readonly FileVersion[]): Action[] {
  const { version } = chosen;
  const before = versions[versions.indexOf(chosen) + 1];
  const share = app.client.mirror.shares.get(shareKey(file));
  const isHere = share?.state.name === 'available' && share.manifestId === chosen.manifestId;
  const actions: (Action | undefined)[] = [
    { label: `$(go-to-file) ${t('Open')}`, value: () => openVersion(app, file, version) },
    share && !isHere
      ? { label: `$(diff) ${t('Compare with Mine')}`, value: () => compareWithMine(app, share, version) }
      : undefined,
    before && {
      label: `$(diff) ${t('Compare with the One Before')}`,
      description: t('version {0}', before.version),
      value: () => compareVersions(app, file, [before.version, version]),
    },
    isHere
      ? undefined
      : {
          label: `$(cloud-download) ${t('Download')}`,
          value: () => downloadVersion(app, file, version, chosen === versions[0]),
        },
    chosen === versions[0]
      ? undefined
      : {
          label: `$(history) ${t('Make Newest')}`,
          description: t('publishes it again, as version {0}', (versions[0]?.version ?? 0) + 1),
          value: () => makeNewest(app, file, version),
        },
  ];
  return actions.filter((action): action is Action => action !== undefined);
}

/** An older version gets a name of its own, because the newest one has that of the file. */
async function downloadVersion(app: App, file: FileName, version: number, isNewest: boolean): Promise<void> {
  const { groupId, fileName } = file;
  const folder = await destinationFolder(app);
  if (folder === undefined) return;
  if (isNewest) await app.client.fetchFile(groupId, fileName, `${folder}/`);
  else {
    const path = join(folder, withAddition(lastName(fileName), t('version {0}', version)));
    const destination = (await isThere(path)) ? await freePathBeside(path, isThere) : path;
    await app.client.fetchFile(groupId, fileName, destination, false, version);
  }
  await vscode.commands.executeCommand('shoal.transfers.focus');
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function makeNewest(app: App, file: FileName, version: number): Promise<void> {
  const { groupId, fileName } = file;
  const newest = await withPatience(t('Publishing {0}…', fileName), true, (_report, signal) =>
    withRights(app, file, () => app.client.revertFile(groupId, fileName, version, { signal })),
  ).catch((thrown: unknown) => {
    const error = ShoalError.from(thrown);
    if (error.code !== 'VERSION_CONFLICT') throw error;
    throw new EditorError(error.code, t('{0} has a newer version meanwhile: look at its history again.', fileName));
  });
  await app.groups.onFilesChanged(groupId);
  const text = t('{0} in {1} is version {2} again, as version {3}.', fileName, groupId, version, newest.version);
  void vscode.window.showInformationMessage(text);
}
