import type { FileStamp } from '../../disk/index.js';
import type { Manifest } from '../../protocol/index.js';
import type { FolderOrder } from '../messages.js';
import type { FileAttributes } from '../storage/parts/file-attributes.js';

/** A file of at most one piece in a folder, with its number in the plan. */
export interface SmallFile {
  readonly number: number;
  readonly path: string;
  readonly manifest: Manifest;
  /** The stamp of the existing file with other content that may be replaced. */
  readonly replaces?: FileStamp | undefined;
  readonly attributes?: FileAttributes | undefined;
}

/** The destination of a folder, and the tag of its partial files. */
export type FolderPlace = Pick<FolderOrder, 'root' | 'tag' | 'overwrite'>;

/**
 * Writes the small files of a folder to a disk. A local disk answers synchronously, since a promise per small file would cost too much.
 * Other disks answer with promises.
 */
export interface FolderDisk {
  /** Whether it accepts more data. A disk that does not answer gets a bounded amount. */
  readonly hasRoom: boolean;
  /**
   * Removes the leftovers of an earlier run; must be called first. @throws ShoalError `DISK_UNAVAILABLE`, like all other calls, or the
   * disk's errors
   */
  open(): Promise<void>;
  /**
   * Returns the stamp of the file if it exists already, by a known stamp or by its content. Creates its folder.
   * @param vouched the stamp that this content is known to have
   * @throws ShoalError `DESTINATION_EXISTS` if another file exists there or something is in the way, or the disk's errors
   */
  look(file: SmallFile, vouched: FileStamp | undefined): FileStamp | undefined | Promise<FileStamp | undefined>;
  /**
   * Whether a larger file of that size exists at the path and is not a partial file. Creates its folder.
   * @throws ShoalError `DESTINATION_EXISTS` if something other than a folder is in the way, or the disk's errors
   */
  place(path: string, sizeBytes: number): Promise<boolean>;
  /** Creates a folder. @throws ShoalError `DESTINATION_EXISTS` if something other than a folder is in the way, or the disk's errors */
  makeFolder(path: string): Promise<void>;
  /** Writes verified content. It does not use `bytes` after the call returns. @throws the disk's errors */
  write(file: SmallFile, bytes: Uint8Array): void | Promise<void>;
  /**
   * Makes files durable and gives them their final names. Returns the outcome of each written file once all of it is on the disk at its
   * path.
   * @param there files that existed before
   * @throws ShoalError `PATH_NOT_FOUND` if the whole tree was moved, or the disk's errors
   */
  keep(written: readonly SmallFile[], there: readonly SmallFile[]): Promise<(FileStamp | Error)[]>;
  /**
   * Removes a file if it has this stamp, and the folders below the root that this empties. Returns whether it did.
   * @throws ShoalError `DESTINATION_EXISTS` if a link or something else than a folder is above it, or the disk's errors
   */
  remove(path: string, stamp: FileStamp): Promise<boolean>;
  /** Stops writing, and removes the files that do not have their final names. */
  close(): void | Promise<void>;
}
