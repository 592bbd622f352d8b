import type { FolderShareOptions, FolderSurveyOptions } from './api/options.js';
import type { FolderShareResult, FolderSurvey, SharedFolder } from './api/results.js';
import { ClientVersions, REQUIRE_SIGNED_IN } from './client-versions.js';
import type { SignedIn } from './signed-in.js';
import type { Abortable } from './util/abort.js';

/** The key of a getter that programs cannot use. */
export const SIGNED_IN: unique symbol = Symbol('signed in');

/** The part of `ShoalClient` for shares of folders. */
export abstract class ClientFolders extends ClientVersions {
  /**
   * Returns what `shareFolder` would share. It hashes nothing and sends nothing.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `RULES_INVALID`, `PERMISSION_DENIED`, `ABORTED`
   */
  async surveyFolder(path: string, options: FolderSurveyOptions = {}): Promise<FolderSurvey> {
    return this[REQUIRE_SIGNED_IN]().sharedFolders.survey(path, options);
  }

  /**
   * Shares the files below a folder, each under the folder's name, a slash and its path below the folder. A file that cannot be shared does
   * not stop the others; `skipped` lists it. The same call later publishes what is new, changed and gone, and does not hash the other
   * files again. A file that was deleted, renamed or is ignored now is removed from the group, if the user may do that and has seen its
   * newest version; otherwise only the share of this device ends. What cannot be read is not gone: if the folder or a folder in it cannot be
   * listed, its files stay. With `watch` the client does all that by itself.
   * @throws ShoalError `PATH_NOT_FOUND`, `NOT_A_FOLDER`, `FOLDER_TOO_LARGE`, `RULES_INVALID`, `PERMISSION_DENIED`, `DISK_UNAVAILABLE`,
   * `INVALID_NAME`, `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, `TOO_MANY_SHARES` (more than 100 watched folders), `ABORTED`
   */
  async shareFolder(path: string, groupId: string, options: FolderShareOptions = {}): Promise<FolderShareResult> {
    return this[REQUIRE_SIGNED_IN]().sharedFolders.share(path, groupId, options);
  }

  /** The folders that the user shares from this device. */
  sharedFolders(): SharedFolder[] {
    return this[SIGNED_IN]?.sharedFolders.list() ?? [];
  }

  /**
   * Begins or ends the watch of a shared folder, as `watch` of `shareFolder` does. To end it changes nothing in the group. The folder is
   * shared as before: with the same exclusions and the same digest algorithm.
   * @param folder its name in the group
   * @throws ShoalError `NOT_SHARED`, `TOO_MANY_SHARES` (more than 100 watched folders)
   */
  async watchFolder(groupId: string, folder: string, watch: boolean): Promise<void> {
    await this[REQUIRE_SIGNED_IN]().sharedFolders.watch(groupId, folder, watch);
  }

  /**
   * Stops sharing a folder with all files in it, and ends its watch, at once and also while the tracker is away. The files themselves stay on
   * the disk, and their names stay in the group while others share them.
   * @throws ShoalError `NOT_SHARED`, `NOT_A_MEMBER`
   */
  async stopFolder(groupId: string, folder: string, { signal }: Abortable = {}): Promise<void> {
    await this[REQUIRE_SIGNED_IN]().sharedFolders.stop(groupId, folder, signal);
  }

  /** What exists while a user is signed in; undefined if nobody is. */
  protected abstract get [SIGNED_IN](): SignedIn | undefined;
}
