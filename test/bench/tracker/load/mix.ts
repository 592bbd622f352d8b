import { drawn, seeded } from '../../../support/seeded.js';
import type { Member } from './members.js';
import { OPERATIONS, type Operation, sharing } from './operations.js';

/**
 * Requests in a hundred, as of members who fetch files: for each file its sources, two announcements (some of it, all of it) and the end of
 * the watch, and besides what they look at, share and join. Sign-ins are not among them.
 */
export const MIX = {
  ...{ announce: 30, findSources: 25, unwatch: 25, listFiles: 8, ticket: 3, meet: 3 },
  ...{ listGroups: 2, shareOrStop: 2, locateFiles: 1, listMembers: 1 },
} as const;

/** An operation that draws one of the mix each time. */
export function mixed(): Operation {
  const random = seeded(1);
  const names = new Map<Member, string[]>();
  const { shareFile, stopShare } = sharing(names);
  const shareOrStop: Operation = (member) => (names.get(member)?.length ? stopShare : shareFile)(member);
  const operations: Record<keyof typeof MIX, Operation> = { ...OPERATIONS, shareOrStop };
  const wheel = (Object.keys(MIX) as (keyof typeof MIX)[]).flatMap((name) =>
    Array.from({ length: MIX[name] }, () => operations[name]),
  );
  return async (member) => wheel[drawn(random, wheel.length)]?.(member);
}
