import { MAX_PAGE_ROWS, nameKey, parseFilePath, parseNewFilePath, ShoalError } from '@shoal/sdk/protocol';
import type { Handlers } from './context.js';
import { cutPage } from './pages.js';

type EmptyFolderMethods = Pick<Handlers, 'setEmptyFolders' | 'listEmptyFolders'>;

/** Names that are parsed before others have their turn. */
const NAMES_A_STEP = 500;

/** Methods for the empty folders of shared folders. */
export const emptyFolderMethods: EmptyFolderMethods = {
  async setEmptyFolders({ groupId, folder, empty }, connection, { store, budgets, slices }) {
    connection.requireSession();
    const root = parseFilePath(folder);
    if (empty.length > 0) await budgets.spend('filesPerAddress', connection.address, empty.length);
    const names: string[] = [];
    for (let at = 0; at < empty.length; at += NAMES_A_STEP) {
      await slices.pause(connection);
      for (const name of empty.slice(at, at + NAMES_A_STEP)) names.push(parseBelow(root, name));
    }
    const { userId } = connection.requireSession();
    await store.setEmptyFolders({ groupId, userId, folder: root, empty: names });
    return {};
  },

  async listEmptyFolders({ groupId, folder, after, limit = MAX_PAGE_ROWS }, connection, { store }) {
    const { userId } = connection.requireSession();
    const rows = await store.listEmptyFolders(groupId, userId, folder, { after, limit: limit + 1 });
    const [empty, next] = cutPage(rows, limit, (name) => name);
    return { empty, next };
  },
};

/** @throws ShoalError `INVALID_NAME` */
function parseBelow(root: string, name: string): string {
  const parsed = parseNewFilePath(name);
  if (nameKey(parsed).startsWith(`${nameKey(root)}/`)) return parsed;
  throw new ShoalError('INVALID_NAME', `${parsed} does not lie below ${root}: name the empty folders in it.`);
}
