import type { FolderPolling } from '../api/results.js';
import type { WatchRefusal } from '../shares/watch/folder-watches.js';

/** Why a folder is not watched. */
export type Unwatched = WatchRefusal | 'network-disk';

type Reason = FolderPolling['reason'];

/** In words, with what the user can do about it. */
const WHY: Readonly<Record<Reason, (where: string) => string>> = {
  'network-disk': (where) => `A network disk does not report what others change on it: ${where}.`,
  'too-many-folders': (where) =>
    `Shoal watches no more folders at the same time: ${where}. Share a smaller folder, or end the watch of others, to have all changes noticed at once.`,
  'no-watch-left': (where) =>
    `The system has no watch left: ${where}. Raise its limit to have all changes noticed at once (on Linux: fs.inotify.max_user_watches and fs.inotify.max_user_instances).`,
  refused: (where) => `The system does not watch this folder: ${where}.`,
};

/**
 * How changes are noticed in the parts of a shared folder that are not watched. @param unwatched one reason for each of these parts
 * @returns undefined if there is none
 */
export function pollingOf(unwatched: readonly Unwatched[], everyMs: number): FolderPolling | undefined {
  const [reason] = unwatched;
  if (reason === undefined) return undefined;
  const folders = unwatched.length;
  const many = folders === 1 ? 'one folder' : `${folders} folders`;
  return { reason, folders, everyMs, why: WHY[reason](`changes in ${many} are looked for every ${everyMs / 1000} s`) };
}
