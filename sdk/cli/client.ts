import type { EventEmitter } from 'eventemitter3';
import type { Download, DownloadOptions, FolderDownload, ShoalClient, ShoalEvents } from '../index.js';

type Commands = Pick<
  ShoalClient,
  | 'userId'
  | 'reachProblem'
  | 'reach'
  | 'connectMode'
  | 'setConnect'
  | 'portMapping'
  | 'setPortMapping'
  | 'createUser'
  | 'login'
  | 'changePassword'
  | 'logout'
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
  | 'shareFile'
  | 'shareFolder'
  | 'sharedFolders'
  | 'stopFolder'
  | 'stopShare'
  | 'stopShares'
  | 'listVersions'
  | 'revertFile'
  | 'removeFile'
  | 'shares'
  | 'uploads'
  | 'clearDownloads'
  | 'limits'
  | 'setLimits'
  | 'keptVersions'
  | 'setKeptVersions'
  | 'downloadFolder'
  | 'folderDownloads'
>;

/** The part of a client that the terminal uses: the commands and the events. */
export interface PeerClient extends Commands, EventEmitter<ShoalEvents> {
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): Download;
  downloads(): Download[];
}

/** The download of a file or of a folder. */
export type AnyDownload = Download | FolderDownload;
