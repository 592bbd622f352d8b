import assert from 'node:assert/strict';
import { ShoalError } from '../../../sdk/protocol/index.js';
import { MemberLists } from '../../../tracker/methods/member-lists.js';

describe('the lists of members for events', () => {
  let state: string;
  let userIds: string[];
  let members: number | undefined;
  let reads: number;
  let lists: MemberLists;

  beforeEach(() => {
    [state, userIds, members, reads] = ['1 2 ann', ['ann', 'bob'], undefined, 0];
    lists = new MemberLists({
      membership: async (groupId) => {
        if (groupId === 'gone') throw new ShoalError('GROUP_NOT_FOUND', 'gone');
        return { state, members: members ?? userIds.length };
      },
      listMembers: async () => {
        reads++;
        return userIds.map((userId) => ({ userId, owner: false, sinceMs: 1 }));
      },
    });
  });

  it('are read once for each state of a group, whatever the case of its name', async () => {
    const first = await lists.of('lab');
    assert.equal(await lists.of('LAB'), first, 'the same object');
    assert.equal(reads, 1);
    [state, userIds] = ['1 3 ann', ['ann', 'bob', 'eve']];
    assert.deepEqual(await lists.of('lab'), ['ann', 'bob', 'eve']);
    assert.equal(reads, 2);
  });

  it('are not kept if somebody came or went while they were read', async () => {
    members = 3;
    assert.deepEqual(await lists.of('lab'), ['ann', 'bob']);
    await lists.of('lab');
    assert.equal(reads, 2);
  });

  it('are empty for a group that was dissolved', async () => {
    assert.deepEqual(await lists.of('gone'), []);
  });

  it('are bounded in memory: the group that was told something longest ago goes first', async () => {
    userIds = Array.from({ length: 90_000 }, (_, index) => `user ${index}`);
    for (const group of ['a', 'b', 'a', 'c']) await lists.of(group);
    assert.equal(reads, 3);
    await lists.of('a');
    assert.equal(reads, 3, 'the list of a is there');
    await lists.of('b');
    assert.equal(reads, 4, 'the list of b went');
  });
});
