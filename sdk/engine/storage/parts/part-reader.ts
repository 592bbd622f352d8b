import { awayMountOf, fillAll, roomIn, spread } from '../../../disk/index.js';
import type { PartFile } from './part-file.js';
import { shorterError } from './whole-file.js';

/** Reads bytes from `position` on into `targets`, filling one after the other. */
export type PartReader = (targets: readonly Buffer[], position: number) => void | Promise<void>;

/** Reads what was written of a partial file: in the background, if its disk may stop answering. */
export function partReader(part: PartFile): PartReader {
  const mount = awayMountOf(part.place);
  if (mount === undefined)
    return (targets, position) => {
      if (!fillAll(part.fd, targets, position)) throw shorterError();
    };
  return async (targets, position) => spread(await part.readAway(mount, roomIn(targets), position), targets);
}
