import { inParts, MAX_BATCH_FILES, type TrackerParams, type TrackerResult } from '../../../protocol/index.js';
import type { Caller } from '../../tracker/tracker-calls.js';

type ShareOrder = TrackerParams<'shareFiles'>['files'][number];
type ShareAnswer = TrackerResult<'shareFiles'>['files'][number];

/**
 * Shares files with as few calls as the batch limit allows. @returns the answer for each file, in order @throws
 * ShoalError the tracker's errors
 */
export async function shareFiles(
  tracker: Caller,
  groupId: string,
  orders: readonly ShareOrder[],
  signal?: AbortSignal,
): Promise<ShareAnswer[]> {
  const answers: ShareAnswer[] = [];
  for (const files of inParts(orders, MAX_BATCH_FILES)) {
    const answer = await tracker.call('shareFiles', { groupId, files }, signal);
    answers.push(...answer.files.slice(0, files.length));
  }
  return answers;
}
