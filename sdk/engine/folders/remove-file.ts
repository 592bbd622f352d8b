import { unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type FileStamp, plainly } from '../../disk/index.js';
import { hasStamp } from '../storage/parts/move-file.js';
import type { FolderTree } from './folder-tree.js';

/** Removes a file of a tree if it has this stamp, and the folders that this empties. Returns whether it did. */
export function removeFile(tree: FolderTree, path: string, stamp: FileStamp): boolean {
  const folder = tree.hold(dirname(path));
  try {
    tree.requireThere(dirname(path));
    const at = folder.at(basename(path));
    if (!hasStamp(at, stamp)) return false;
    unlinkSync(at);
    tree.changed(path);
  } catch (error) {
    throw plainly(error);
  } finally {
    tree.release(folder);
  }
  for (let empty = dirname(path); tree.removeEmpty(empty); ) empty = dirname(empty);
  return true;
}
