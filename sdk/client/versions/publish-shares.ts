import { inParts, MAX_BATCH_FILES } from '../../protocol/index.js';
import type { LibraryShare } from '../library/records/library-schema.js';
import type { Caller } from '../tracker/tracker-calls.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { publicationOrder } from './publication.js';

/**
 * Publishes shares of one group as versions: with the call for one file, or with the call for many.
 * @returns the outcome of each share, in order
 * @throws ShoalError the tracker's errors
 */
export async function publishShares(
  tracker: Caller,
  shares: readonly LibraryShare[],
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const [first] = shares;
  if (!first) return [];
  const { groupId } = first;
  const orders = shares.map(publicationOrder);
  const [order] = orders;
  if (order && orders.length === 1) {
    const { manifest: _isUploaded, ...one } = order;
    return [(await tracker.call('publishVersion', { groupId, ...one }, signal)).file];
  }
  const outcomes: Outcome[] = [];
  for (const files of inParts(orders, MAX_BATCH_FILES)) {
    const answer = await tracker.call('publishVersions', { groupId, files }, signal);
    outcomes.push(...files.map((_file, index) => outcomeOf(answer.files[index])));
  }
  return outcomes;
}
