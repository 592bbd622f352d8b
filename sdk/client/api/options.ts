import type { Endpoint, TrackerLocation } from '../../protocol/index.js';
import type { Abortable } from '../util/abort.js';
import type { Logger } from '../util/logger.js';
import type { DownloadPriority } from './download.js';
import type { LimitChanges } from './limits.js';

/** What a client needs to know before it can do anything. */
export interface ShoalClientOptions {
  /**
   * `wss://host:port`, `wss://host:port#fingerprint`, a location, or the path of a `tracker_info.txt`: the tracker of its first line. Others
   * stand in for it where they have the same accounts, as the same fingerprint or the same `store=NAME` says.
   */
  tracker: string | TrackerLocation;
  /** Where this device's key, shares and downloads are kept. One process at a time: a second gets `DATA_DIR_IN_USE`. */
  dataDir: string;
  /** Where pieces are served: `HOST:PORT` or its parts, port 0 for any free one. Default `0.0.0.0:0`. */
  listen?: string | Endpoint;
  /** What others should dial, where it is not what the tracker sees (behind a port forward): `HOST:PORT`; `0.0.0.0:PORT` for another port alone. */
  advertise?: string | Endpoint;
  /** Rates, and how many downloads at once: they can be changed by `setLimits`. Default: five downloads, at any rate. */
  limits?: LimitChanges;
  /** Hears what happens, for a log; never a password, a token or a ticket. Default: nothing is logged. */
  logger?: Logger;
}

export interface ShareOptions extends Abortable {
  /** The name in the group. Default: the file's own. */
  fileName?: string;
  /** Default `sha1`. */
  algorithm?: 'sha1' | 'sha256';
  /** Called some times a second while the file is hashed. */
  onProgress?: (hashedBytes: number, sizeBytes: number) => void;
}

export interface FolderSurveyOptions extends Abortable {
  /** What to leave out, in the syntax of `.gitignore`, on top of what `.gitignore` and `.shoalignore` files in the tree say. */
  exclude?: readonly string[] | undefined;
}

export interface FolderShareOptions extends FolderSurveyOptions {
  /** The folder's name in the group. Default: its own. */
  as?: string | undefined;
  /** Files and folders that are left out whatever the rules say, by their places below the folder, with slashes. */
  omit?: readonly string[] | undefined;
  /** Default `sha1`. */
  algorithm?: 'sha1' | 'sha256' | undefined;
  /** Called as files are shared. */
  onProgress?: ((progress: FolderShareProgress) => void) | undefined;
}

export interface FolderShareProgress {
  /** Files that are shared, those that were before included. */
  readonly doneFiles: number;
  readonly doneBytes: number;
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/** The place in the queue and the share of a limited rate, for downloads of files and folders alike. */
interface QueueOptions extends Abortable {
  /** Default normal. */
  priority?: DownloadPriority | undefined;
  /** The most that it may fetch, in bytes per second, 1,000 or more; 0 or undefined: no limit of its own. */
  limitBytesPerSecond?: number | undefined;
}

export interface FolderDownloadOptions extends QueueOptions {
  /** Replace files that stand there already and are others. Default false: each of them fails with `DESTINATION_EXISTS`. */
  overwrite?: boolean | undefined;
  /** Fetch files in the order of their names, and large ones in the order of their bytes, as far as the sources allow. Default false. */
  sequential?: boolean | undefined;
}

/** A download that is stopped by its `signal` is given up, but what is there of it is kept: the same call takes it up again. */
export interface DownloadOptions extends QueueOptions {
  /** Replace a file that is there already. Default false: `DESTINATION_EXISTS`. */
  overwrite?: boolean | undefined;
  /** Fetch pieces in the file's order, as far as the sources allow. Default false: the rarest first, which is better for all. */
  sequential?: boolean | undefined;
}
