import type { ShoalError, TrackerEvent } from '../../protocol/index.js';
import type { Download } from './download.js';
import type { FolderDownload } from './folder-download.js';
import type { LostShare, Share, UnavailableShare, Upload } from './results.js';

/** What a client tells without being asked: each event's name and what it carries. */
export interface ShoalEvents {
  /** The tracker is reached (again); `resumed`: the session, presence and shares were restored. */
  connected: [{ resumed: boolean }];
  /**
   * The tracker is lost; transfers go on, and the client keeps trying. Told again when it is away for another reason, as when somebody else
   * answers at its address (`TRACKER_CHANGED`): its message says who, and what to do.
   */
  disconnected: [{ error: ShoalError }];
  /** The session was ended from elsewhere (another process took this device's place, or it expired): sign in again. */
  sessionEnded: [{ reason: 'replaced' | 'expired' }];
  /** Someone asks to join a group that one owns. */
  joinRequested: [TrackerEvent<'joinRequested'>];
  /** Someone joined, left or was removed, or a request of one's own was decided. */
  membershipChanged: [TrackerEvent<'membershipChanged'>];
  fileShared: [TrackerEvent<'fileShared'>];
  fileStopped: [TrackerEvent<'fileStopped'>];
  /** Many at once, as the files of a folder are: told once for up to 256, and not one by one. */
  filesShared: [TrackerEvent<'filesShared'>];
  filesStopped: [TrackerEvent<'filesStopped'>];
  /**
   * Events about a group were dropped, for they came faster than they were read; null: about any group. Downloads and shares are brought up to
   * date by themselves; whoever shows a group reads its files and members anew.
   */
  missed: [{ groupId: string | null }];
  /** A file of one's own is served no more because it went or changed on the disk. */
  shareLost: [LostShare];
  /** Files of one's own cannot be read for now, as when their disk does not answer. They stay shared, and are tried again. */
  sharesUnavailable: [{ shares: readonly UnavailableShare[] }];
  /** Files that could not be read are served again. */
  sharesAvailable: [{ shares: readonly Share[] }];
  /** A download was started, or is in another state. */
  downloadChanged: [Download];
  /** A folder download was started, or is in another state. */
  folderChanged: [FolderDownload];
  /** What others fetch from this device; at most four times a second while anything moves, and once when all is done. */
  uploadsChanged: [readonly Upload[]];
}
