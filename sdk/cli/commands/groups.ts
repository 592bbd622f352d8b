import { defineCommand } from '../command.js';
import { count } from '../format.js';
import { ANY_GROUP, GROUP, MEMBER, NEW_GROUP, REQUESTER } from './arguments.js';

export const GROUP_COMMANDS = [
  defineCommand({
    name: 'create_group',
    args: [NEW_GROUP],
    summary: 'create a group that you own',
    async run({ group_id }, { client, signal }) {
      const group = await client.createGroup(group_id, { signal });
      return { line: `group ${group.groupId} created; you own it` };
    },
  }),
  defineCommand({
    name: 'join_group',
    args: [ANY_GROUP],
    summary: 'ask to join a group; its owner decides',
    async run({ group_id }, { client, signal }) {
      const group = await client.joinGroup(group_id, { signal });
      if (group.standing !== 'requested') return { line: `you are a member of ${group.groupId}` };
      return { line: `requested to join ${group.groupId}; its owner ${group.ownerId} decides` };
    },
  }),
  defineCommand({
    name: 'leave_group',
    args: [GROUP],
    summary: 'leave a group; if you own it, the longest-standing member becomes its owner',
    async run({ group_id }, { client, signal }) {
      const { dissolved, newOwnerId } = await client.leaveGroup(group_id, { signal });
      if (dissolved) return { line: `left ${group_id}; you were its last member, so the group is dissolved` };
      return { line: `left ${group_id}${newOwnerId === null ? '' : `; ${newOwnerId} owns it now`}` };
    },
  }),
  defineCommand({
    name: 'list_groups',
    args: [],
    summary: 'list all groups: name, your role, owner, members',
    async run(_words, { client, signal }) {
      const groups = await client.listGroups({ signal });
      const entries = groups.map(({ groupId, standing, ownerId, members }) => [
        groupId,
        standing,
        `owned by ${ownerId}`,
        count(members, 'member'),
      ]);
      return { line: count(groups.length, 'group'), entries };
    },
  }),
  defineCommand({
    name: 'list_members',
    args: [GROUP],
    summary: 'list the members of a group: name, role, since when',
    async run({ group_id }, { client, signal }) {
      const members = await client.listMembers(group_id, { signal });
      const entries = members.map(({ userId, owner, sinceMs }) => [
        userId,
        owner ? 'owner' : 'member',
        `since ${timeOf(sinceMs)}`,
      ]);
      return { line: count(members.length, 'member'), entries };
    },
  }),
  defineCommand({
    name: 'remove_member',
    args: [GROUP, MEMBER],
    summary: 'remove a member from a group that you own',
    async run({ group_id, user_id }, { client, signal }) {
      await client.removeMember(group_id, user_id, { signal });
      return { line: `${user_id} removed from ${group_id}` };
    },
  }),
  defineCommand({
    name: 'list_requests',
    args: [GROUP],
    summary: 'list the join requests for a group that you own: name, since when',
    async run({ group_id }, { client, signal }) {
      const requests = await client.listRequests(group_id, { signal });
      const entries = requests.map(({ userId, requestedAtMs }) => [userId, `since ${timeOf(requestedAtMs)}`]);
      return { line: count(requests.length, 'request'), entries };
    },
  }),
  defineCommand({
    name: 'accept_request',
    args: [GROUP, REQUESTER],
    summary: 'accept a join request',
    async run({ group_id, user_id }, { client, signal }) {
      await client.acceptRequest(group_id, user_id, { signal });
      return { line: `${user_id} is a member of ${group_id} now` };
    },
  }),
  defineCommand({
    name: 'reject_request',
    args: [GROUP, REQUESTER],
    summary: 'reject a join request',
    async run({ group_id, user_id }, { client, signal }) {
      await client.rejectRequest(group_id, user_id, { signal });
      return { line: `request of ${user_id} to join ${group_id} rejected` };
    },
  }),
];

/** `2025-03-09 14:05 UTC` */
function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
