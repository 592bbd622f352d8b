import type { ShoalError, TrackerEvent } from '../../protocol/index.js';
import type { Download } from './download.js';
import type { FolderDownload } from './folder-download.js';
import type { Reach } from './reach.js';
import type { LostShare, Share, SharedFolderChanges, UnavailableShare, Upload } from './results.js';

/** Events of a client, each with its payload. */
export interface ShoalEvents {
  /**
   * The client is connected to the tracker, for the first time or again. `resumed` is true if the session, presence and shares of a
   * signed-in user were restored.
   */
  connected: [{ resumed: boolean }];
  /**
   * The connection to the tracker is lost. Transfers continue, and the client keeps trying to reconnect. The event is emitted again if the
   * reason changes, for example to `TRACKER_CHANGED` when another key answers at the address. The message of `error` says what to do.
   */
  disconnected: [{ error: ShoalError }];
  /**
   * The session ended. `reason` is `'replaced'` if another process took over this device's key or data folder, and `'expired'` if the
   * tracker no longer accepts the session, for example after a change of the password. Sign in again.
   */
  sessionEnded: [{ reason: 'replaced' | 'expired' }];
  /** `userId` asks to join `groupId`, which the signed-in user owns. `requestedAtMs` is in milliseconds since 1970. */
  joinRequested: [TrackerEvent<'joinRequested'>];
  /**
   * `userId` joined, left or was removed from `groupId`, or the request of `userId` to join was rejected, or the group was dissolved:
   * `change` says which. `ownerId` owns the group from now on. `epoch` is the group's new membership epoch.
   */
  membershipChanged: [TrackerEvent<'membershipChanged'>];
  /** `file` is shared in `groupId` from now on. */
  fileShared: [TrackerEvent<'fileShared'>];
  /** `fileName` with the content `manifestId` is no longer shared in `groupId`. */
  fileStopped: [TrackerEvent<'fileStopped'>];
  /** Up to 256 `files` are shared in `groupId` from now on, such as the files of a folder. No `fileShared` is emitted for them. */
  filesShared: [TrackerEvent<'filesShared'>];
  /** Up to 256 `files` are no longer shared in `groupId`. No `fileStopped` is emitted for them. */
  filesStopped: [TrackerEvent<'filesStopped'>];
  /**
   * `file` is a new version of a file in `groupId`. It is also emitted after a sign-in if the group has a newer version than this device
   * shares. This device goes on sharing its version.
   */
  fileUpdated: [TrackerEvent<'fileUpdated'>];
  /** Up to 256 `files` of `groupId` have new versions. No `fileUpdated` is emitted for them. */
  filesUpdated: [TrackerEvent<'filesUpdated'>];
  /** `removedBy` removed up to 256 `files` from `groupId`. This device no longer shares them, and its downloads of them fail. */
  filesRemoved: [TrackerEvent<'filesRemoved'>];
  /** The owner changed settings of `groupId`. */
  groupChanged: [TrackerEvent<'groupChanged'>];
  /**
   * Events about `groupId` (null: about any group) were lost, because this client read them too slowly or went to another node of its
   * tracker. The client updates its own downloads and shares. A program that shows the group must list its files and members again.
   */
  missed: [{ groupId: string | null }];
  /** The state of a share, or of one of its `older` files, has another name. The payload is the share with its new `state`. */
  shareChanged: [Share];
  /**
   * A shared file disappeared or changed on the disk and is not served for now, or its share has ended; `reason` says which.
   * @deprecated `shareChanged` tells of every state. This event will be removed in the next release.
   */
  shareLost: [LostShare];
  /** Shared files cannot be read for now, for example because their disk does not answer. They stay shared, and the client keeps trying. */
  sharesUnavailable: [{ shares: readonly UnavailableShare[] }];
  /** Files that could not be read are served again. */
  sharesAvailable: [{ shares: readonly Share[] }];
  /** Changes in a watched folder were shared. `skipped` lists up to 100 files that were not, each with the reason. */
  folderShared: [SharedFolderChanges];
  /** A watched folder could not be shared again, for example because its disk is not connected. The client keeps trying. */
  folderShareFailed: [{ groupId: string; folder: string; error: ShoalError }];
  /** A file download was created or changed its state. */
  downloadChanged: [Download];
  /** A folder download was created or changed its state. */
  folderChanged: [FolderDownload];
  /** What others need to connect with this device has changed, or its addresses have. */
  reachChanged: [Reach];
  /** The uploads of this device. Emitted at most four times a second while data flows, and once with an empty list when all have ended. */
  uploadsChanged: [readonly Upload[]];
}
