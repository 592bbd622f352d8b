import { basename, dirname } from 'node:path';
import { nameKey } from '../../protocol/index.js';
import type { LibraryDownload } from '../local/library-schema.js';
import { StopSignals } from '../util/abort.js';
import type { DownloadHandle } from './download-handle.js';

/** A download that is not over, and what is needed to go on with it. */
export interface Entry {
  readonly handle: DownloadHandle;
  readonly destination: string;
  overwrite: boolean;
  /** The folder that is being fetched and that it is a file of. */
  readonly root: string | undefined;
  /** Its number in the engine; each try has its own, and 0 is none. */
  engineId: number;
  /** What the library holds of it, once its place and content are known. */
  record: LibraryDownload | undefined;
  /** It is being looked up while it waits for its turn. */
  lookingUp: Promise<void> | undefined;
  /** The library takes its record and its manifest in; fulfilled when both are on the disk. */
  saving: Promise<void>;
  /** The group whose ticket is kept fresh for it. */
  ticketGroup: string | undefined;
  /** The engine was told to stop it, and has not answered yet: it may still turn out to be done. */
  stopping: boolean;
  /** It waits for a source without the engine, which has enough of those in hand: the tracker tells when one comes. */
  isResting: boolean;
  /** The tracker tells of its sources, though it needs no ticket. */
  isWatched: boolean;
  readonly signals: StopSignals;
}

export function newEntry(
  handle: DownloadHandle,
  destination: string,
  { overwrite, root }: Pick<Entry, 'overwrite' | 'root'>,
): Entry {
  return {
    ...{ handle, destination, overwrite, root, engineId: 0 },
    ...{ record: undefined, lookingUp: undefined, saving: Promise.resolve(), ticketGroup: undefined },
    ...{ stopping: false, isResting: false, isWatched: false, signals: new StopSignals() },
  };
}

/** Whether a call asks for a download that is listed already, and not over. */
export function isSameDownload(entry: Entry, groupId: string, fileName: string, destination: string): boolean {
  const { handle, record } = entry;
  if (handle.state.name === 'complete' || handle.state.name === 'cancelled') return false;
  if (nameKey(handle.groupId) !== nameKey(groupId) || nameKey(handle.fileName) !== nameKey(fileName)) return false;
  if (entry.destination === destination || record?.finalPath === destination) return true;
  // A folder was named, and the file stands in it.
  return (
    record !== undefined &&
    dirname(record.finalPath) === destination.replace(/\/$/, '') &&
    basename(record.finalPath) !== ''
  );
}
