import assert from 'node:assert/strict';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const lab = { groupId: 'lab' };

describe("the recipients of the tracker's events", () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;
  let cem: RawClient;
  let eve: RawClient;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start();
    [ann, bob, cem, eve] = await Promise.all([
      bench.member('ann'),
      bench.member('bob'),
      bench.member('cem'),
      bench.member('eve'),
    ]);
    await bench.group(ann, bob);
    for (const one of [ann, bob]) {
      await one.heard('joinRequested');
      await one.heard('membershipChanged');
    }
  });
  afterEach(() => bench.close());

  const changesOf = async (one: RawClient) =>
    (await one.heard('membershipChanged')).map(({ userId, change, ownerId }) => `${userId} ${change} ${ownerId}`);

  it('of a join request are the owner, on every device, and nobody else', async () => {
    const second = await bench.secondDevice('ann');
    await cem.call('joinGroup', lab);
    for (const one of [ann, second]) {
      const [heard, ...more] = await one.heard('joinRequested');
      assert.deepEqual([heard?.groupId, heard?.userId, more.length], ['lab', 'cem', 0]);
    }
    for (const one of [bob, cem, eve]) assert.deepEqual(await one.heard('joinRequested'), []);
  });

  it('of a change of membership are the members and the user concerned', async () => {
    await cem.call('joinGroup', lab);
    await ann.call('rejectRequest', { ...lab, userId: 'cem' });
    assert.deepEqual(await changesOf(ann), ['cem rejected ann']);
    assert.deepEqual(await changesOf(bob), [], 'a rejection is no business of the members');
    assert.deepEqual(await changesOf(cem), ['cem rejected ann']);

    await cem.call('joinGroup', lab);
    await ann.call('acceptRequest', { ...lab, userId: 'cem' });
    for (const one of [ann, bob, cem]) assert.deepEqual(await changesOf(one), ['cem joined ann']);
    await ann.call('removeMember', { ...lab, userId: 'bob' });
    for (const one of [ann, bob, cem]) assert.deepEqual(await changesOf(one), ['bob removed ann']);
    await ann.call('leaveGroup', lab);
    for (const one of [ann, cem]) assert.deepEqual(await changesOf(one), ['ann left cem']);
    assert.deepEqual(await changesOf(bob), [], 'he is out');
    await bob.call('joinGroup', lab);
    await cem.call('leaveGroup', lab);
    for (const one of [bob, cem]) assert.deepEqual(await changesOf(one), ['cem dissolved cem']);
    assert.deepEqual(await changesOf(eve), []);
  });

  it('of a withdrawn request are nobody', async () => {
    await cem.call('joinGroup', lab);
    assert.deepEqual(await cem.call('leaveGroup', lab), { dissolved: false, newOwnerId: null });
    for (const one of [ann, bob, cem]) assert.deepEqual(await changesOf(one), []);
    assert.deepEqual((await ann.call('listRequests', lab)).requests, []);
  });

  it('of a file are the members', async () => {
    const manifestId = await bench.share(ann, 'a');
    for (const one of [ann, bob]) {
      assert.deepEqual(
        (await one.heard('fileShared')).map(({ file }) => [file.fileName, file.manifestId, file.sharedBy]),
        [['a', manifestId, 'ann']],
      );
    }
    await bob.call('shareFile', { ...lab, fileName: 'A', manifestId });
    const [second] = await ann.heard('fileShared');
    assert.deepEqual([second?.file.fileName, second?.file.sharersOnline], ['a', 2], 'a second source of the same file');
    await ann.call('stopShare', { ...lab, fileName: 'a' });
    assert.deepEqual(await bob.heard('fileStopped'), [], 'one shares it still');
    await bob.call('leaveGroup', lab);
    assert.deepEqual(await ann.heard('filesStopped'), [{ ...lab, files: [{ fileName: 'a', manifestId }] }]);
    assert.deepEqual(await bob.heard('filesStopped'), [], 'he is out');
    for (const event of ['fileShared', 'fileStopped', 'filesStopped'] as const)
      assert.deepEqual(await eve.heard(event), []);
  });

  it('of the end of a session are its connection', async () => {
    const again = await bench.secondDevice('ann', ann.identity);
    const [code] = await ann.closed;
    assert.equal(code, 1008);
    assert.deepEqual(await again.heard('sessionEnded'), []);
    assert.equal(await bench.figure('shoal_devices_online'), 4);
    assert.deepEqual((await again.call('listGroups', {})).groups.length, 1);
  });

  it('get them whatever else happens at the same time', async () => {
    for (let round = 0; round < 10; round++) {
      const groupId = `group ${round}`;
      await ann.call('createGroup', { groupId });
      await bob.call('joinGroup', { groupId });
      await ann.call('acceptRequest', { groupId, userId: 'bob' });
      const left = await Promise.all([ann.outcome('leaveGroup', { groupId }), bob.outcome('leaveGroup', { groupId })]);
      assert.deepEqual(left, ['ok', 'ok']);
    }
    assert.deepEqual(
      (await eve.call('listGroups', {})).groups.map((group) => group.groupId),
      ['lab'],
    );
  });
});
