import type {
  Abortable,
  FolderShareOptions,
  FolderShareResult,
  OpenedVersion,
  OpenVersionOptions,
  Share,
  SharedFolder,
  ShareOptions,
  ShareResult,
} from '@shoal/sdk';
import type { SurveyRecord } from '../contract/contract.js';
import { errorFrom } from './error-from.js';
import { RemoteVersions } from './remote-versions.js';

/** Options of `shareFolder`. */
interface RemoteFolderShareOptions extends FolderShareOptions {
  /** Leaves out all files with names of secrets, also those that come later. */
  readonly withoutSecrets?: boolean | undefined;
}

/** The part of a window's client for what the user shares, as in the SDK. */
export abstract class RemoteShares extends RemoteVersions {
  #nextShareId = 1;

  async shareFile(path: string, groupId: string, options: ShareOptions = {}): Promise<ShareResult> {
    const { signal, fileName, algorithm, base, note, onProgress } = options;
    const shareId = String(this.#nextShareId++);
    if (onProgress) this.hashing.set(shareId, onProgress);
    try {
      const params = { shareId, path, groupId, fileName, algorithm, base, note };
      const { shared, share } = await this.ask('shareFile', params, signal);
      this.changeShares([share], []);
      return shared;
    } finally {
      this.hashing.delete(shareId);
    }
  }

  async shareFolder(path: string, groupId: string, options: RemoteFolderShareOptions = {}): Promise<FolderShareResult> {
    const { signal, as, exclude, omit, algorithm, watch, withoutSecrets, onProgress } = options;
    const shareId = String(this.#nextShareId++);
    if (onProgress) this.sharingFolders.set(shareId, onProgress);
    try {
      const left = { exclude: exclude && [...exclude], omit: omit && [...omit] };
      const params = { shareId, path, groupId, as, algorithm, watch, withoutSecrets, ...left };
      return await this.ask('shareFolder', params, signal);
    } finally {
      this.sharingFolders.delete(shareId);
    }
  }

  /** The folders that the user shares from this computer. */
  async listSharedFolders({ signal }: Abortable = {}): Promise<SharedFolder[]> {
    const { folders } = await this.ask('sharedFolders', {}, signal);
    return folders.map(({ problem, ...folder }) => ({ ...folder, ...(problem && { problem: errorFrom(problem) }) }));
  }

  /** Begins or ends the watch of a shared folder. */
  async watchFolder(groupId: string, folder: string, watch: boolean): Promise<void> {
    await this.ask('watchFolder', { groupId, folder, watch });
  }

  /** Stops sharing a folder with all files in it, and ends its watch. */
  async stopFolder(groupId: string, folder: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('stopFolder', { groupId, folder }, signal);
  }

  async stopShare(groupId: string, fileName: string, { signal }: Abortable = {}): Promise<void> {
    await this.ask('stopShare', { groupId, fileName }, signal);
    this.changeShares([], [{ groupId, fileName }]);
  }

  async stopShares(groupId: string, fileNames: readonly string[], { signal }: Abortable = {}): Promise<void> {
    await this.ask('stopShares', { groupId, fileNames: [...fileNames] }, signal);
    this.changeShares(
      [],
      fileNames.map((fileName) => ({ groupId, fileName })),
    );
  }

  /** What sharing these files and folders would share. */
  survey(paths: readonly string[], { signal }: Abortable = {}): Promise<SurveyRecord> {
    return this.ask('survey', { paths: [...paths] }, signal);
  }

  openVersion(
    groupId: string,
    fileName: string,
    version: number,
    { signal, maxBytes }: OpenVersionOptions = {},
  ): Promise<OpenedVersion> {
    return this.ask('openVersion', { groupId, fileName, version, maxBytes }, signal);
  }

  shares(): Share[] {
    return [...this.mirror.shares.values()];
  }
}
