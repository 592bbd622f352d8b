import type { Download, DownloadOptions, ShoalClient, ShoalEvents } from '@shoal/sdk';
import type { EventEmitter } from 'eventemitter3';

/** What the SDK's client does, but for opening and closing: that is the editor's. */
type ClientMethods = Pick<
  ShoalClient,
  | 'userId'
  | 'deviceId'
  | 'trackerFingerprint'
  | 'createUser'
  | 'login'
  | 'resumeSession'
  | 'logout'
  | 'changePassword'
  | 'createGroup'
  | 'joinGroup'
  | 'leaveGroup'
  | 'listGroups'
  | 'listMembers'
  | 'listRequests'
  | 'acceptRequest'
  | 'rejectRequest'
  | 'removeMember'
  | 'listFiles'
  | 'shareFile'
  | 'shareFolder'
  | 'stopShare'
  | 'stopShares'
  | 'downloadFolder'
  | 'folderDownloads'
  | 'shares'
  | 'uploads'
  | 'clearDownloads'
  | 'limits'
  | 'setLimits'
>;

/** The SDK's client, as the editor has it: one for all windows, in a process of its own. */
export interface EditorClient extends ClientMethods, EventEmitter<ShoalEvents> {
  /** As the SDK's, but what comes of it is not a stream: the file can be read when it is complete. */
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): Download;
  downloads(): Download[];
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
