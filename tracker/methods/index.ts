import { batchMethods } from './batch-methods.js';
import type { Handlers } from './context.js';
import { emptyFolderMethods } from './empty-folder-methods.js';
import { fileMethods } from './file-methods.js';
import { groupMethods } from './group-methods.js';
import { ownShareMethods } from './own-share-methods.js';
import { reachMethods } from './reach-methods.js';
import { sessionMethods } from './session-methods.js';
import { versionMethods } from './version-methods.js';

export type { MethodContext } from './context.js';

/** Every method of the tracker protocol. */
export const handlers: Handlers = {
  ...sessionMethods,
  ...groupMethods,
  ...fileMethods,
  ...batchMethods,
  ...versionMethods,
  ...emptyFolderMethods,
  ...ownShareMethods,
  ...reachMethods,
};
