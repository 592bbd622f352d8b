import type { SharedFile } from '@shoal/sdk';
import type { App } from '../../app.js';
import { askChoice, askInTurn } from '../../editor/ask.js';
import { ofKinds, rowsMeant } from '../../model/tree/selection.js';
import { isMine } from '../../model/tree/standing.js';
import type { FileNode, TreeNode } from '../../model/tree/tree-nodes.js';
import { EditorError, formatBytes, t } from '../../words/index.js';
import { askGroup, ensureSignedIn, inNoGroup } from '../accounts/signed-in.js';
import { fetchAll, toFetch, type Wanted } from './fetching.js';

/** Downloads the selection (files and folders), or a file that the user chooses. */
export async function downloadFile(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  await download(app, node, selected, () => askFile(app, t('Download File')));
}

/** Downloads rows, or the user's choice if there are none. */
export async function download(
  app: App,
  node: TreeNode | undefined,
  selected: readonly TreeNode[] | undefined,
  ask: () => Promise<Wanted[]>,
): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const rows = rowsMeant(node, selected);
  const wanted = rows.length > 0 ? toFetch(app, ofKinds(rows, 'file', 'folder')) : await ask();
  if (wanted.length > 0) await fetchAll(app, wanted);
}

/** Shows the files of groups, and downloads the chosen one. */
export async function listFiles(app: App, node?: TreeNode, selected?: readonly TreeNode[]): Promise<void> {
  if (!(await ensureSignedIn(app))) return;
  const groups = ofKinds(rowsMeant(node, selected), 'group').map(({ groupId }) => groupId);
  const wanted = await askFile(app, t('Files'), groups);
  if (wanted.length > 0) await fetchAll(app, wanted);
}

/** Asks for a file of these groups; without groups, for a group first. */
export async function askFile(
  app: App,
  title: string,
  known: readonly string[] = [],
): Promise<Pick<FileNode, 'groupId' | 'fileName'>[]> {
  let groups = known;
  let chosen: SharedIn | undefined;
  const steps = [
    async () => {
      const answer = await askGroup(app, { title, ...inNoGroup() }, isMine);
      if (typeof answer === 'string') groups = [answer];
      return answer;
    },
    async () => {
      const answer = await askChoice({ title, placeholder: t('Which file') }, fileChoices(app, groups));
      if (typeof answer === 'object') chosen = answer;
      return answer;
    },
  ];
  const done = await askInTurn(known.length === 0 ? steps : steps.slice(1));
  return done && chosen ? [{ groupId: chosen.groupId, fileName: chosen.fileName }] : [];
}

type SharedIn = SharedFile & { readonly groupId: string };

async function fileChoices(app: App, groups: readonly string[]) {
  const lists = groups.map(async (groupId) =>
    (await app.client.listFiles(groupId)).map((file) => ({ ...file, groupId })),
  );
  const files: SharedIn[] = (await Promise.all(lists)).flat();
  if (files.length === 0)
    throw new EditorError('FILE_NOT_FOUND', t('Nobody has shared a file in {0} yet.', groups.join(', ')));
  return files.map((file) => {
    const { fileName, sizeBytes, sharedBy, sharersOnline, groupId } = file;
    const facts = t('{0}, shared by {1}, {2} online', formatBytes(sizeBytes), sharedBy, sharersOnline);
    return { label: fileName, description: groups.length > 1 ? `${groupId} · ${facts}` : facts, value: file };
  });
}
