import { inParts, MAX_BATCH_FILES } from '../../../protocol/index.js';

/** Splits shares into batches of one group each that fit into one message to the tracker. */
export function* batchesOf<T extends { readonly groupId: string }>(shares: readonly T[]): Generator<T[]> {
  const groups = new Map<string, T[]>();
  for (const share of shares) {
    const group = groups.get(share.groupId);
    if (group) group.push(share);
    else groups.set(share.groupId, [share]);
  }
  for (const group of groups.values()) yield* inParts(group, MAX_BATCH_FILES);
}
