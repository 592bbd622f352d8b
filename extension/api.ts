import type {
  Download,
  DownloadEvents,
  DownloadOptions,
  FolderDownload,
  FolderDownloadEvents,
  ShoalClient,
  ShoalEvents,
} from '@shoal/sdk';
import type { EventEmitter } from 'eventemitter3';

/** The methods of the SDK's client, except for opening and closing, which the editor does. */
type ClientMethods = Pick<
  ShoalClient,
  | 'userId'
  | 'deviceId'
  | 'trackerFingerprint'
  | 'trackerNodes'
  | 'createUser'
  | 'login'
  | 'resumeSession'
  | 'logout'
  | 'changePassword'
  | 'createGroup'
  | 'changeGroup'
  | 'joinGroup'
  | 'leaveGroup'
  | 'listGroups'
  | 'listMembers'
  | 'listRequests'
  | 'acceptRequest'
  | 'rejectRequest'
  | 'removeMember'
  | 'listFiles'
  | 'listVersions'
  | 'revertFile'
  | 'removeFile'
  | 'moveShares'
  | 'openVersion'
  | 'shareFile'
  | 'shareFolder'
  | 'watchFolder'
  | 'stopFolder'
  | 'stopShare'
  | 'stopShares'
  | 'shares'
  | 'uploads'
  | 'clearDownloads'
  | 'limits'
  | 'setLimits'
  | 'keptVersions'
  | 'setKeptVersions'
>;

/** The part of an event emitter that listens. Only Shoal emits events, and an extension removes its own listeners only. */
export interface EventSource<Events extends { [Name in keyof Events]: readonly unknown[] }> {
  on<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): this;
  once<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): this;
  off<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): this;
  /** The same as `on`. */
  addListener<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): this;
  /** The same as `off`. */
  removeListener<Name extends keyof Events>(event: Name, listener: (...args: Events[Name]) => void): this;
}

/** A download as the SDK describes it, without a stream: the file can be read when it is complete. */
export interface EditorDownload extends Omit<Download, keyof EventEmitter>, EventSource<DownloadEvents> {}

/** A folder download as the SDK describes it. */
export interface EditorFolderDownload
  extends Omit<FolderDownload, keyof EventEmitter>,
    EventSource<FolderDownloadEvents> {}

/** The events of the SDK's client, but for `reachChanged`: the editor itself shows it. */
export interface EditorEvents extends Omit<ShoalEvents, 'downloadChanged' | 'folderChanged' | 'reachChanged'> {
  downloadChanged: [EditorDownload];
  folderChanged: [EditorFolderDownload];
}

/** The SDK's client in the editor: all windows share one, which runs in a process of its own. */
export interface EditorClient extends ClientMethods, EventSource<EditorEvents> {
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): EditorDownload;
  downloads(): EditorDownload[];
  downloadFolder(...args: Parameters<ShoalClient['downloadFolder']>): EditorFolderDownload;
  folderDownloads(): EditorFolderDownload[];
}

/** What Shoal offers to other extensions. */
export interface ShoalApi {
  readonly version: 1;
  readonly client: EditorClient;
}

/** What `vscode.extensions.getExtension('shoal.shoal').activate()` gives. */
export interface ShoalExports {
  /** @throws RangeError for a version that this Shoal does not have */
  getAPI(version: 1): ShoalApi;
}
