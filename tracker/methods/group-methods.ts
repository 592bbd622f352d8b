import {
  inParts,
  MAX_BATCH_FILES,
  MAX_PAGE_ROWS,
  nameKey,
  parseNewName,
  ShoalError,
  type TrackerEvent,
} from '@shoal/sdk/protocol';
import type { Departure, StoredRequest } from '../store/store.js';
import type { Handlers, MethodContext } from './context.js';
import { tellMembers } from './members.js';
import { cutPage, formatPlace, pageOfGroups, parsePlace } from './pages.js';

type GroupMethods = Pick<
  Handlers,
  | 'createGroup'
  | 'changeGroup'
  | 'proveEpochs'
  | 'joinGroup'
  | 'leaveGroup'
  | 'listGroups'
  | 'listMembers'
  | 'listRequests'
  | 'acceptRequest'
  | 'rejectRequest'
  | 'removeMember'
  | 'ticket'
>;

/** Methods for groups, memberships and tickets. */
export const groupMethods: GroupMethods = {
  async createGroup({ groupId, ...settings }, connection, { store, budgets, now }) {
    const { userId } = connection.requireSession();
    const name = parseNewName('group', groupId);
    await budgets.spend('groupsPerAddress', connection.address);
    return store.createGroup(name, userId, now(), settings);
  },

  async changeGroup({ groupId: named, ...settings }, connection, context) {
    const { userId } = connection.requireSession();
    const group = await context.store.changeGroup(named, userId, settings);
    const { groupId, publishers, keepVersions, keepDays } = group;
    const payload = { groupId, publishers, keepVersions, keepDays };
    await tellMembers(groupId, context, { event: 'groupChanged', payload });
    return group;
  },

  async joinGroup({ groupId }, connection, { store, swarm, budgets, now }) {
    const { userId } = connection.requireSession();
    await budgets.spend('requestsPerAddress', connection.address);
    const requestedAtMs = now();
    const group = await store.requestToJoin(groupId, userId, requestedAtMs);
    await swarm.publish({
      audience: { kind: 'users', userIds: [group.ownerId] },
      event: 'joinRequested',
      payload: { groupId: group.groupId, userId, requestedAtMs },
    });
    return group;
  },

  async leaveGroup({ groupId }, connection, context) {
    const { userId } = connection.requireSession();
    const departure = await context.store.leaveGroup(groupId, userId);
    await tellDeparture(departure, 'left', context);
    return {
      dissolved: departure.kind === 'dissolved',
      newOwnerId: departure.kind === 'left' ? departure.newOwnerId : null,
    };
  },

  async listGroups(wanted, connection, { store }) {
    const [groups, next] = await pageOfGroups(store, connection.requireSession().userId, wanted);
    return { groups, next };
  },

  async listMembers({ groupId, after, limit = MAX_PAGE_ROWS }, connection, { store }) {
    await store.requireMember(groupId, connection.requireSession().userId);
    const rows = await store.listMembers(groupId, { after: parsePlace(after), limit: limit + 1 });
    const [members, next] = cutPage(rows, limit, ({ sinceMs, userId }) => formatPlace({ atMs: sinceMs, userId }));
    return { members, next };
  },

  async listRequests({ groupId, after, limit = MAX_PAGE_ROWS }, connection, { store }) {
    const { userId: ownerId } = connection.requireSession();
    const rows = await store.listRequests(groupId, ownerId, { after: parsePlace(after), limit: limit + 1 });
    const placeOf = ({ requestedAtMs, userId }: StoredRequest) => formatPlace({ atMs: requestedAtMs, userId });
    const [requests, next] = cutPage(rows, limit, placeOf);
    return { requests, next };
  },

  async acceptRequest({ groupId, userId }, connection, context) {
    await decide(groupId, connection.requireSession().userId, userId, true, context);
    return {};
  },

  async rejectRequest({ groupId, userId }, connection, context) {
    await decide(groupId, connection.requireSession().userId, userId, false, context);
    return {};
  },

  async removeMember({ groupId, userId }, connection, context) {
    const { userId: ownerId } = connection.requireSession();
    if (nameKey(ownerId) === nameKey(userId)) {
      throw new ShoalError('INVALID_ARGUMENT', 'You cannot remove yourself: leave the group instead.');
    }
    await tellDeparture(await context.store.removeMember(groupId, ownerId, userId), 'removed', context);
    return {};
  },

  async ticket({ groupId }, connection, { store, tickets, now }) {
    const { userId, deviceId } = connection.requireSession();
    const group = await store.requireMember(groupId, userId);
    const { epoch } = group;
    return { ...(await tickets.sign({ groupId: group.groupId, userId, deviceId, epoch }, now())), epoch };
  },

  async proveEpochs({ tickets: shown }, connection, { store, tickets, slices, now }) {
    connection.requireSession();
    const proven = [];
    for (const ticket of shown) {
      await slices.pause(connection);
      const claims = await tickets.claimsOf(ticket, now());
      if (claims) proven.push({ groupId: claims.grp, epoch: claims.epo });
    }
    await store.raiseEpochs(proven, now());
    return {};
  },
};

async function decide(
  groupId: string,
  ownerId: string,
  userId: string,
  accept: boolean,
  context: MethodContext,
): Promise<void> {
  const { store, now } = context;
  const decision = await store.decideRequest(groupId, ownerId, userId, accept, now());
  const payload = { ...decision, change: accept ? 'joined' : 'rejected' } as const;
  if (accept) await tellMembers(decision.groupId, context, { event: 'membershipChanged', payload }, [decision.userId]);
  else await tellMembership([ownerId, decision.userId], payload, context);
}

/** Announces the end of a membership, and withdraws the sources of the former member. */
async function tellDeparture(departure: Departure, change: 'left' | 'removed', context: MethodContext): Promise<void> {
  if (departure.kind === 'withdrawn') return;
  const { groupId, userId, epoch } = departure;
  for (const { deviceId, holding } of await context.swarm.withdrawUser(userId, groupId)) {
    await context.hub.publishWent(deviceId, holding);
  }
  context.hub.unwatchGroup(userId, groupId);
  if (departure.kind === 'dissolved') {
    const payload = { groupId, userId, ownerId: userId, epoch, change: 'dissolved' } as const;
    await tellMembership([userId, ...departure.requesters], payload, context);
    return;
  }
  const payload = { groupId, userId, ownerId: departure.ownerId, epoch, change };
  await tellMembers(groupId, context, { event: 'membershipChanged', payload }, [userId]);
  for (const files of inParts(departure.stopped, MAX_BATCH_FILES))
    await tellMembers(groupId, context, { event: 'filesStopped', payload: { groupId, files } });
}

async function tellMembership(
  userIds: readonly string[],
  payload: TrackerEvent<'membershipChanged'>,
  { swarm }: MethodContext,
): Promise<void> {
  await swarm.publish({ audience: { kind: 'users', userIds }, event: 'membershipChanged', payload });
}
