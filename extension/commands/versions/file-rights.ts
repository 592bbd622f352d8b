import type { SharedFile } from '@shoal/sdk';
import { ShoalError } from '@shoal/sdk/protocol';
import type { GroupTree } from '../../model/tree/group-tree.js';
import type { FileNode } from '../../model/tree/tree-nodes.js';
import { EditorError, t } from '../../words/index.js';

/** What is known of the group. */
interface Known {
  readonly groups: Pick<GroupTree, 'file' | 'group'>;
}
type FileName = Pick<FileNode, 'groupId' | 'fileName'>;

/** Runs what only some members may do, and names them to the others. @throws EditorError `NOT_THE_AUTHOR`, `NAME_TAKEN` */
export async function withRights<T>(app: Known, file: FileName, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    const error = ShoalError.from(thrown);
    if (error.code !== 'NOT_THE_AUTHOR' && error.code !== 'NAME_TAKEN') throw error;
    throw new EditorError(error.code, refusal(app, file));
  }
}

function refusal({ groups }: Known, { groupId, fileName }: FileName): string {
  const author: SharedFile['sharedBy'] | undefined = groups.file(groupId, fileName)?.sharedBy;
  const owner = groups.group(groupId)?.ownerId;
  if (author === undefined || owner === undefined)
    return t("Only the file's author or the owner of the group can do that: ask one of them.");
  if (author === owner) return t('Only {0}, who shared {1}, can do that: ask {0}.', author, fileName);
  return t(
    'Only {0}, who shared {1}, and {2}, who owns {3}, can do that: ask one of them.',
    author,
    fileName,
    owner,
    groupId,
  );
}
