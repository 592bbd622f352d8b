import assert from 'node:assert/strict';
import { join } from 'node:path';
import { listAllGroups, listAllRequests, listOwnGroups } from '../../../../sdk/client/session/list-pages.js';
import { shareFiles } from '../../../../sdk/client/shares/registration/share-files.js';
import type { Caller } from '../../../../sdk/client/tracker/tracker-calls.js';
import { type Group, MAX_BATCH_FILES, MAX_TRACKER_MESSAGE_BYTES } from '../../../../sdk/protocol/index.js';
import { writeCrowd } from '../../../tracker/crowd.js';
import { hasCode, Lab } from '../support.js';

const group = (index: number, standing: Group['standing'] = 'none'): Group => ({
  ...{ groupId: `group ${index}`, standing, ownerId: 'ann' },
  ...{ members: 1, epoch: 0 },
});

/** A tracker that answers so, and what it was asked. */
function tracker(answer: (params: { after?: string; mine?: boolean }) => object): { caller: Caller; asked: object[] } {
  const asked: object[] = [];
  const call = (_method: string, params: object) => {
    asked.push(params);
    return Promise.resolve(answer(params));
  };
  return { caller: { call: call as Caller['call'] }, asked };
}

describe('whole lists', () => {
  it('are asked for page after page, and no further than the last', async () => {
    const { caller, asked } = tracker(({ after }) => ({
      groups: [group(Number(after ?? 0)), group(Number(after ?? 0) + 1)],
      next: after === '4' ? null : String(Number(after ?? 0) + 2),
    }));
    const groups = await listAllGroups(caller);
    assert.deepEqual(
      groups,
      Array.from({ length: 6 }, (_, index) => group(index)),
    );
    assert.equal(asked.length, 3);
  });

  it('are one answer of a tracker of 0.1, which knows no pages and no choice', async () => {
    const { caller, asked } = tracker(() => ({ groups: [group(1), group(2, 'member'), group(3, 'owner')] }));
    assert.equal((await listAllGroups(caller)).length, 3);
    assert.deepEqual(
      (await listOwnGroups(caller)).map(({ groupId }) => groupId),
      ['group 2', 'group 3'],
    );
    assert.deepEqual(await listOwnGroups(caller, { groups: [group(4, 'owner')] }), [group(4, 'owner')]);
    assert.equal(asked.length, 2);
  });

  it('go on where the answer to a sign-in ended', async () => {
    const { caller, asked } = tracker(() => ({ groups: [group(2, 'member')], next: null }));
    const first = { groups: [group(1, 'owner')], nextGroups: 'group 1' };
    assert.deepEqual(await listOwnGroups(caller, first), [group(1, 'owner'), group(2, 'member')]);
    assert.deepEqual(asked, [{ mine: true, after: 'group 1' }]);
  });

  it('come to an end, whatever a tracker says', async () => {
    const empty = tracker(() => ({ groups: [], next: 'more' }));
    await assert.rejects(listAllGroups(empty.caller), hasCode('PROTOCOL_ERROR'));
    const requests = Array.from({ length: 30_000 }, () => ({ userId: 'x', requestedAtMs: 1 }));
    const endless = tracker(() => ({ requests, next: 'more' }));
    await assert.rejects(listAllRequests(endless.caller, 'lab'), hasCode('PROTOCOL_ERROR'));
    assert.ok(endless.asked.length < 40);
  });

  it('are given by a client of a tracker that has more than a message holds, also to whose groups they are', async () => {
    const lab = new Lab();
    try {
      const groups = Array.from({ length: 2600 }, (_, index) => [`${index}${'あ'.repeat(60)}`, 'a stranger'] as const);
      await writeCrowd(join(lab.folder, 'tracker', 'tracker.db'), { groups });
      await lab.startTracker();
      const ann = await lab.signedIn('ann');
      await ann.createGroup('mine');
      const listed = await ann.listGroups();
      assert.equal(listed.length, 2601);
      assert.deepEqual(
        listed.filter(({ standing }) => standing !== 'none').map(({ groupId }) => groupId),
        ['mine'],
      );
      await ann.close();
      const again = await lab.signedInAgain('ann');
      assert.equal((await again.client.listMembers('MINE')).length, 1);
    } finally {
      await lab.close();
    }
  });
});

describe('many shares', () => {
  it('go out in messages that a tracker takes, and come back in their order', async () => {
    const orders = Array.from({ length: MAX_BATCH_FILES * 2 + 1 }, (_, index) => ({
      fileName: '"'.repeat(1000) + index,
      manifestId: 'ab'.repeat(32),
      manifest: 'A'.repeat(2731),
    }));
    const sizes: number[] = [];
    const call = (method: string, params: { files: { fileName: string }[] }) => {
      sizes.push(Buffer.byteLength(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })));
      assert.ok(params.files.length <= MAX_BATCH_FILES);
      return Promise.resolve({
        files: params.files.map(({ fileName }) => ({ code: 'NAME_TAKEN', message: fileName })),
      });
    };
    const answers = await shareFiles({ call: call as unknown as Caller['call'] }, 'lab', orders);
    assert.deepEqual(
      answers.map((one) => 'message' in one && one.message),
      orders.map(({ fileName }) => fileName),
    );
    assert.ok(sizes.every((bytes) => bytes <= MAX_TRACKER_MESSAGE_BYTES));
  });
});
