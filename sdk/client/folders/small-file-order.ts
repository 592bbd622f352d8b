import type { FolderFile } from '../../engine/index.js';
import { findSmallCopies } from '../downloads/local-copies.js';
import type { Session } from '../session/session.js';
import type { WantedFile } from './folder-look.js';

/** A file of at most one piece, with what its download requires. */
export interface SmallFileLook {
  readonly file: WantedFile;
  readonly manifest: Uint8Array;
  /** Indexes into the devices of the batch. */
  readonly sources: readonly number[];
}

/** The engine's order for a small file of a folder. Local files with the same content spare the transfer. */
export function smallFileOrder(
  { library, account }: Session,
  { file: { segments, replaces, file }, manifest, sources }: SmallFileLook,
  finalPath: string,
): FolderFile {
  const { modifiedMs, executable, manifestId } = file;
  const copies = findSmallCopies(library, account, manifestId, finalPath);
  return { segments, manifest, sources, replaces, attributes: { modifiedMs, executable }, copies };
}
