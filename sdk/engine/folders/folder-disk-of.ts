import { awayMountOf } from '../../disk/index.js';
import { AwayFolder } from './away-folder.js';
import type { FolderDisk, FolderPlace } from './folder-disk.js';
import type { FolderWorkerClient } from './folder-worker-client.js';
import { OwnFolder } from './own-folder.js';
import { TakenNames } from './taken-names.js';

/** The `FolderDisk` for the disk that a folder is downloaded to. */
export function folderDiskOf(
  place: FolderPlace,
  workerOf: (mount: string) => FolderWorkerClient,
  isWhole: (path: string) => boolean,
): FolderDisk {
  const names = new TakenNames(isWhole);
  const mount = awayMountOf(place.root);
  return mount === undefined ? new OwnFolder(place, names) : new AwayFolder(place, mount, workerOf(mount), names);
}
