import { readTextWithin } from '../../disk/index.js';
import {
  parseTrackerInfo,
  parseTrackerLocation,
  parseTrackerUrls,
  ShoalError,
  type TrackerLocation,
} from '../../protocol/index.js';
import { throwIfAborted } from '../util/abort.js';

/** Maximum size of a `tracker_info.txt` in bytes: about a thousand trackers. */
const MAX_INFO_BYTES = 256 * 1024;

/** Finds the trackers that the application's options name. @throws ShoalError `TRACKER_INVALID`, `ABORTED` */
export async function locateTrackers(
  tracker: string | TrackerLocation,
  signal?: AbortSignal,
): Promise<[TrackerLocation, ...TrackerLocation[]]> {
  if (typeof tracker !== 'string') return [parseTrackerLocation(tracker)];
  if (/^\w+:\/\//.test(tracker)) return parseTrackerUrls(tracker);
  return parseTrackerInfo(await readInfo(tracker, signal));
}

async function readInfo(path: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readTextWithin(path, MAX_INFO_BYTES, signal);
  } catch (error) {
    throwIfAborted(signal);
    const why = error instanceof ShoalError ? ` ${error.message}` : '';
    const advice = 'give a tracker_info.txt or wss://host:port.';
    throw new ShoalError('TRACKER_INVALID', `${path} cannot be read: ${advice}${why}`, { cause: error });
  }
}
