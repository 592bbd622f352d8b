import type { EventEmitter } from 'eventemitter3';
import type { Download, DownloadOptions, ShoalClient, ShoalEvents } from '../index.js';

type Commands = Pick<
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
  | 'shares'
>;

/** What the terminal needs of a client: the commands, and the events that it tells of. */
export interface PeerClient extends Commands, EventEmitter<ShoalEvents> {
  downloadFile(groupId: string, fileName: string, destination: string, options?: DownloadOptions): Download;
  downloads(): Download[];
}
