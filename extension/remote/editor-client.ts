import type { Download, FolderDownload, ShoalEvents } from '@shoal/sdk';
import { EventEmitter } from 'eventemitter3';
import type { EditorClient, EditorDownload, EditorFolderDownload } from '../api.js';
import { type Emitter, facadeOf } from './facade.js';
import type { RemoteClient } from './remote-client.js';

const CLIENT = {
  methods: [
    ...(['createUser', 'login', 'resumeSession', 'logout', 'changePassword'] as const),
    ...(['createGroup', 'joinGroup', 'leaveGroup', 'listGroups', 'listMembers'] as const),
    ...(['listRequests', 'acceptRequest', 'rejectRequest', 'removeMember'] as const),
    ...(['changeGroup', 'listVersions', 'revertFile', 'removeFile', 'moveShares', 'openVersion'] as const),
    ...(['listFiles', 'shareFile', 'shareFolder', 'stopShare', 'stopShares', 'stopFolder'] as const),
    ...(['watchFolder', 'shares', 'uploads'] as const),
    ...(['clearDownloads', 'setLimits', 'setKeptVersions'] as const),
  ],
  properties: ['userId', 'deviceId', 'trackerFingerprint', 'trackerNodes', 'limits', 'keptVersions'],
} as const;

const DOWNLOAD = {
  methods: ['pieces', 'pause', 'resume', 'cancel', 'setLimit', 'setPriority', 'moveTo'],
  properties: [
    ...(['id', 'groupId', 'fileName', 'path', 'state', 'progress', 'started', 'done'] as const),
    ...(['priority', 'limitBytesPerSecond', 'queuePosition'] as const),
  ],
} as const;

const FOLDER = {
  methods: ['pause', 'resume', 'cancel', 'setLimit', 'setPriority', 'setSequential', 'moveTo'],
  properties: [
    ...(['id', 'groupId', 'folder', 'path', 'state', 'progress', 'started', 'done'] as const),
    ...(['failures', 'changes', 'kept'] as const),
    ...(['priority', 'limitBytesPerSecond', 'sequential', 'queuePosition'] as const),
  ],
} as const;

/** The forwarded events. The window's own ones, such as that with the session token, are not among them. */
const EVENTS = Object.keys({
  ...{ connected: true, disconnected: true, sessionEnded: true, joinRequested: true, membershipChanged: true },
  ...{ fileShared: true, fileStopped: true, filesShared: true, filesStopped: true, missed: true },
  ...{ fileUpdated: true, filesUpdated: true, filesRemoved: true, groupChanged: true },
  ...{ shareChanged: true, shareLost: true, sharesUnavailable: true, sharesAvailable: true, uploadsChanged: true },
  ...{ folderShared: true, folderShareFailed: true },
} satisfies Record<Exclude<keyof ShoalEvents, 'downloadChanged' | 'folderChanged' | 'reachChanged'>, true>);

/** The window's client for other extensions: the members and events of `EditorClient`, and nothing else. */
export function editorClientOf(client: RemoteClient): EditorClient {
  const downloadOf = once((download: Download): EditorDownload => facadeOf(download, DOWNLOAD, download, {}));
  const folderOf = once((folder: FolderDownload): EditorFolderDownload => facadeOf(folder, FOLDER, folder, {}));
  const events = new EventEmitter();
  const heard: Emitter = client;
  for (const name of EVENTS) heard.on(name, (...args) => events.emit(name, ...args));
  client.on('downloadChanged', (download) => events.emit('downloadChanged', downloadOf(download)));
  client.on('folderChanged', (folder) => events.emit('folderChanged', folderOf(folder)));
  return facadeOf(client, CLIENT, events, {
    downloadFile: (...args: Parameters<RemoteClient['downloadFile']>) => downloadOf(client.downloadFile(...args)),
    downloads: () => client.downloads().map(downloadOf),
    downloadFolder: (...args: Parameters<RemoteClient['downloadFolder']>) => folderOf(client.downloadFolder(...args)),
    folderDownloads: () => client.folderDownloads().map(folderOf),
  });
}

/** Creates one façade for each object, so that users can compare them. */
function once<Target extends object, Made>(make: (target: Target) => Made): (target: Target) => Made {
  const made = new WeakMap<Target, Made>();
  return (target) => {
    const known = made.get(target) ?? make(target);
    made.set(target, known);
    return known;
  };
}
