import type { Endpoint, GroupSettings, TrackerLocation } from '../../protocol/index.js';
import type { Abortable } from '../util/abort.js';
import type { Logger } from '../util/logger.js';
import type { DownloadPriority } from './download.js';
import type { KeptVersionsChanges } from './kept-versions.js';
import type { LimitChanges } from './limits.js';
import type { ConnectMode } from './reach.js';

/** Options of a `ShoalClient`. */
export interface ShoalClientOptions {
  /**
   * The tracker: `wss://host:port`, `wss://host:port#fingerprint`, a location, or the path of a `tracker_info.txt`. In a file of several
   * lines the first tracker counts. Another one stands in for it only if it has the same accounts: the same fingerprint, or the same
   * `store=NAME`.
   */
  tracker: string | TrackerLocation;
  /**
   * Folder for this device's key, its shares and its unfinished downloads. One process at a time can use it; a second one gets
   * `DATA_DIR_IN_USE`.
   */
  dataDir: string;
  /**
   * Address at which this device serves pieces: `HOST:PORT` or an endpoint. Port 0 takes any free port. With `[::]:0` or `0.0.0.0:0`, which stand
   * for every network, it is a port between 20000 and 32767 that the data folder keeps, so that the device has the same one after every start.
   * Default `[::]:0`: IPv6 and IPv4, or IPv4 alone if the computer has no IPv6.
   */
  listen?: string | Endpoint;
  /**
   * Address that other devices dial, if it differs from the one that the tracker sees, for example behind a port forward: `HOST:PORT`, `HOST` (with
   * the port at which pieces are served) or an endpoint. `0.0.0.0:PORT` changes only the port.
   */
  advertise?: string | Endpoint;
  /**
   * Which ways to other devices are used; `setConnect` changes it. `auto`: all. `direct`: all but the relay of the tracker. `relay`: nothing but
   * the relay. Default `auto`.
   */
  connect?: ConnectMode;
  /**
   * Whether the router is asked, by PCP, NAT-PMP or UPnP, to pass connections from the Internet on to the port at which pieces are served;
   * `setPortMapping` changes it. It is asked only while somebody is signed in and it may help: not if the tracker is on this computer, nor with an
   * own `advertise`, nor if `listen` names one address, nor if `connect` is `relay`. Default true.
   */
  portMapping?: boolean;
  /** Rates and the number of downloads that run at once; `setLimits` changes them. Default: five downloads, unlimited rates. */
  limits?: LimitChanges;
  /** How much of what the user publishes is also kept in the data folder; `setKeptVersions` changes it. Default: files up to 32 MiB, 2 GiB in all. */
  keptVersions?: KeptVersionsChanges;
  /** Receives log messages, which never contain a password, a token or a ticket. Default: no log. */
  logger?: Logger;
}

/** Options of `createGroup` and `changeGroup`. */
export interface GroupOptions extends GroupSettings, Abortable {}

/** Options of `revertFile`. */
export interface RevertOptions extends Abortable {
  /** Why the version is published, at most 500 characters. Default: it names the version that is published again. */
  note?: string | undefined;
}

/** Options of `shareFile`. */
export interface ShareOptions extends Abortable {
  /**
   * The newest version that the user has seen, if the file has versions in the group. Default: the version that this device shares. If the
   * group has a newer one, the call fails with `VERSION_CONFLICT`.
   */
  base?: number | undefined;
  /** Why the version is published, at most 500 characters. */
  note?: string | undefined;
  /** Name of the file in the group. Default: the name on the disk. */
  fileName?: string;
  /** Digest algorithm of the pieces and of the whole file. Default `sha1`. */
  algorithm?: 'sha1' | 'sha256';
  /** Called several times a second while the file is hashed, with the number of hashed bytes and the size in bytes. */
  onProgress?: (hashedBytes: number, sizeBytes: number) => void;
}

/** Options of `surveyFolder`. */
export interface FolderSurveyOptions extends Abortable {
  /**
   * Patterns of files to leave out, in the syntax of `.gitignore`. The `.gitignore` and `.shoalignore` files of the folder apply as well, and
   * neither brings back what the other leaves out.
   */
  exclude?: readonly string[] | undefined;
}

/** Options of `shareFolder`. */
export interface FolderShareOptions extends FolderSurveyOptions {
  /** Name of the folder in the group. Default: the name on the disk. */
  as?: string | undefined;
  /** Files and folders to leave out whatever the patterns say: paths below the folder, with slashes. */
  omit?: readonly string[] | undefined;
  /** Digest algorithm of the pieces and of the whole files. Default `sha1`. */
  algorithm?: 'sha1' | 'sha256' | undefined;
  /**
   * Shares changes in the folder by itself from now on, also after a restart: new, changed and deleted files, in batches. `folderShared` tells
   * of each. Default false, which also ends an earlier watch.
   */
  watch?: boolean | undefined;
  /** Called as files become shared. */
  onProgress?: ((progress: FolderShareProgress) => void) | undefined;
}

/** The progress of `shareFolder`. */
export interface FolderShareProgress {
  /** Files that are shared, including those that were shared before. */
  readonly doneFiles: number;
  /** Size of these files together in bytes. */
  readonly doneBytes: number;
  /** Files to share. */
  readonly fileCount: number;
  /** Size of all files to share in bytes. */
  readonly sizeBytes: number;
}

/** Options that downloads of files and folders have in common. */
export interface QueueOptions extends Abortable {
  /** Priority in the queue and under rate limits. Default `normal`. */
  priority?: DownloadPriority | undefined;
  /** Rate limit of this download in bytes per second, 1,000 or more; 0 or undefined: only the client's limits apply. */
  limitBytesPerSecond?: number | undefined;
}

/** Options of `downloadFolder`. */
export interface FolderDownloadOptions extends QueueOptions {
  /**
   * Replaces existing files that have other content. Default false: an older version is replaced all the same, a downloaded file that was
   * edited since is left alone, and any other file fails with `DESTINATION_EXISTS`.
   */
  overwrite?: boolean | undefined;
  /**
   * Deletes files that this device downloaded from the folder and the group has removed since, if they still have the downloaded bytes, and
   * the folders that this empties. Default false: they stay, and are in `kept`.
   */
  delete?: boolean | undefined;
  /**
   * Patterns of the files to download, in the syntax of `.gitignore`, matched with the path below the folder. A pattern that matches a folder
   * takes everything in it. Default: all files.
   */
  include?: readonly string[] | undefined;
  /** Patterns of files to leave out of these. */
  exclude?: readonly string[] | undefined;
  /** Requests files in the order of their names, and large ones in file order, as far as the sources have them. Default false. */
  sequential?: boolean | undefined;
}

/** Options of `downloadFile`. When its `signal` is aborted, the download ends and keeps the partial file: the same call resumes it. */
export interface DownloadOptions extends QueueOptions {
  /** The version to download. Default: the newest. A download continues with the version that it began with. */
  version?: number | undefined;
  /** Replaces an existing file. Default false: the download fails with `DESTINATION_EXISTS`. */
  overwrite?: boolean | undefined;
  /** Requests pieces in file order, as far as the sources have them. Default false: rarest first, which serves the swarm better. */
  sequential?: boolean | undefined;
}
