import { nameKey, ShoalError } from '../../index.js';
import type { AnyDownload } from '../client.js';
import { isInFlight, nameOf } from '../texts/download-text.js';

/** The newest download of a file or folder in a state that fits the command. @throws ShoalError `DOWNLOAD_NOT_FOUND` */
export function findDownload<D extends AnyDownload>(
  downloads: readonly D[],
  groupId: string,
  fileName: string,
  fits: (download: D) => boolean,
  state: string,
): D {
  const named = downloads.filter(
    (download) => sameName(download.groupId, groupId) && sameName(plainName(nameOf(download)), plainName(fileName)),
  );
  const found = named.findLast(fits);
  if (found) return found;
  const last = named.at(-1);
  const why = last ? `it is ${last.state.name}` : 'show_downloads lists them';
  throw new ShoalError('DOWNLOAD_NOT_FOUND', `No download of ${fileName} from ${groupId} is ${state}: ${why}.`);
}

export function canResume({ state }: Pick<AnyDownload, 'state'>): boolean {
  return state.name === 'paused' || state.name === 'failed';
}

export function isUnfinished(download: Pick<AnyDownload, 'state'>): boolean {
  return isInFlight(download) || canResume(download);
}

/** The name of a folder without its trailing slash. */
export function plainName(name: string): string {
  return name.replace(/\/$/, '');
}

export function sameName(one: string, other: string): boolean {
  return nameKey(one) === nameKey(other);
}
