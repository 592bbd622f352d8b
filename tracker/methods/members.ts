import { isStoreFailure } from '../store/store-errors.js';
import type { News, Swarm } from '../swarm/swarm.js';
import type { MethodContext } from './context.js';
import type { MemberLists } from './member-lists.js';

/**
 * Tells the members of a group, and some other users, of a change that the store has made. The request has succeeded even if
 * the store is lost before it can say who the members are: they hear later that they missed something.
 */
export async function tellMembers(
  groupId: string,
  { members, swarm, untold }: MethodContext,
  news: News,
  others: readonly string[] = [],
): Promise<void> {
  const told = await members.of(groupId).catch((error: unknown): readonly string[] => {
    if (!isStoreFailure(error)) throw error;
    untold.add(groupId);
    return [];
  });
  await swarm.publish({ ...news, audience: { kind: 'users', userIds: told } });
  const rest = others.filter((userId) => !told.includes(userId));
  if (rest.length > 0) await swarm.publish({ ...news, audience: { kind: 'users', userIds: rest } });
}

/** Tells the members of a group that they may have missed something of it. */
export async function tellMissed(groupId: string, members: MemberLists, swarm: Swarm): Promise<void> {
  const userIds = await members.of(groupId);
  await swarm.publish({ event: 'missed', payload: { groupId }, audience: { kind: 'users', userIds } });
}
