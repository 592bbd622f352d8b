import { formatTime } from '../../index.js';
import { defineCommand } from '../command.js';
import { count } from '../texts/format.js';
import { ANY_GROUP, GROUP, MEMBER, NEW_GROUP, REQUESTER } from './arguments.js';
import { describeSettings, SETTINGS, settingsFrom } from './group-settings.js';

export const GROUP_COMMANDS = [
  defineCommand({
    name: 'create_group',
    args: [NEW_GROUP],
    options: SETTINGS,
    summary: 'create a group that you own; --publishers members lets all members publish new versions of all files',
    async run({ group_id }, { client, signal }, options) {
      const settings = settingsFrom(options);
      const group = await client.createGroup(group_id, { ...settings, signal });
      const rules = Object.keys(settings).length > 0 ? `; ${describeSettings(group)}` : '';
      return { line: `group ${group.groupId} created; you own it${rules}` };
    },
  }),
  defineCommand({
    name: 'change_group',
    args: [GROUP],
    options: SETTINGS,
    summary: 'change who may publish versions in a group that you own, and which versions it keeps',
    async run({ group_id }, { client, signal }, options) {
      const group = await client.changeGroup(group_id, { ...settingsFrom(options), signal });
      return { line: `${group.groupId}: ${describeSettings(group)}` };
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
        `since ${formatTime(sinceMs)}`,
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
      const entries = requests.map(({ userId, requestedAtMs }) => [userId, `since ${formatTime(requestedAtMs)}`]);
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
