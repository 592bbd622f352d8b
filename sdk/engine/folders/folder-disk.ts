import type { FileStamp } from '../../disk/index.js';
import type { Manifest } from '../../protocol/index.js';
import type { FolderOrder } from '../messages.js';

/** A file of a folder, of one piece or none, under its number in the plan. */
export interface SmallFile {
  readonly number: number;
  readonly path: string;
  readonly manifest: Manifest;
}

/** Where a folder is to stand, and what its partial files are known by. */
export type FolderPlace = Pick<FolderOrder, 'root' | 'tag' | 'overwrite'>;

/**
 * A folder's small files on the disk. A disk of this computer does at once what others promise: nobody has to wait for it, and many small
 * files are not worth a promise each.
 */
export interface FolderDisk {
  /** Whether it takes more: where it does not answer, no more is kept for it than so much. */
  readonly hasRoom: boolean;
  /** Removes what an earlier try left; to be called first. @throws ShoalError `DISK_UNAVAILABLE`, as all others, or the disk's errors */
  open(): Promise<void>;
  /**
   * The file, if it stands there already: by its stamp, or by its content. Its folder is there from now on.
   * @param vouched the stamp that is known to be this content's
   * @throws ShoalError `DESTINATION_EXISTS` when something else stands there or in the way, or the disk's errors
   */
  look(file: SmallFile, vouched: FileStamp | undefined): FileStamp | undefined | Promise<FileStamp | undefined>;
  /**
   * Whether a larger file of that size stands there, and is no unfinished one. Its folder is there from now on.
   * @throws ShoalError `DESTINATION_EXISTS` when something that is no folder is in the way, or the disk's errors
   */
  place(path: string, sizeBytes: number): Promise<boolean>;
  /** Writes the content, which was checked, and which it needs no longer than the call. @throws the disk's errors */
  write(file: SmallFile, bytes: Uint8Array): void | Promise<void>;
  /**
   * Makes files durable and gives them their names; how it went with each, and all of it is on the disk, where it is looked for.
   * @param there files that stood there before
   * @throws ShoalError `PATH_NOT_FOUND` when all of the tree stands elsewhere by now, or the disk's errors
   */
  keep(written: readonly SmallFile[], there: readonly SmallFile[]): Promise<(FileStamp | Error)[]>;
  /** Nothing more is written; what has not got its name is removed. */
  close(): void | Promise<void>;
}
