import type { EventEmitter } from 'eventemitter3';
import type { Download, FolderDownload, ShoalClient, ShoalEvents } from '../index.js';

/** What the terminal needs of a client: the commands, and the events that it tells of. */
export type PeerClient = Pick<
  ShoalClient,
  | 'userId'
  | 'createUser'
  | 'login'
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
  | 'stopShare'
  | 'downloadFile'
  | 'shares'
  | 'downloads'
  | 'downloadFolder'
  | 'folderDownloads'
> &
  EventEmitter<ShoalEvents>;

/** A file's download, or a folder's. */
export type AnyDownload = Download | FolderDownload;
