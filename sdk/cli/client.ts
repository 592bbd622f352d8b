import type { EventEmitter } from 'eventemitter3';
import type { Download, DownloadOptions, FolderDownload, ShoalClient, ShoalEvents } from '../index.js';

type Commands = Pick<
  ShoalClient,
  | 'userId'
  | 'reachProblem'
  | 'createUser'
  | 'login'
  | 'changePassword'
  | 'logout'
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
  | 'shares'
  | 'uploads'
  | 'clearDownloads'
  | 'limits'
  | 'setLimits'
  | 'downloadFolder'
  | 'folderDownloads'
>;

/** What the terminal needs of a client: the commands, and the events that it tells of. */
export interface PeerClient extends Commands, EventEmitter<ShoalEvents> {
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): Download;
  downloads(): Download[];
}

/** A file's download, or a folder's. */
export type AnyDownload = Download | FolderDownload;
