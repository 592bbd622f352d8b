import assert from 'node:assert/strict';
import { MAX_NAMED_DEVICES, MAX_SOURCES } from '../../../sdk/protocol/index.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const lab = { groupId: 'lab' };
const file = { ...lab, fileName: 'a' };

describe('the sources that a tracker lists', () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;
  let manifestId: string;

  async function open(limits = {}): Promise<void> {
    bench = new RawBench();
    await bench.start({ limits });
    [ann, bob] = await Promise.all([bench.member('ann'), bench.member('bob')]);
    await bench.group(ann, bob);
    manifestId = await bench.share(ann, 'a');
    await ann.call('findSources', file);
  }
  beforeEach(() => open());
  afterEach(() => bench.close());

  const announce = (by: RawClient, complete = true) =>
    by.call('announce', { items: [{ ...lab, manifestId, complete }] });
  const wentFrom = async (one: RawClient) => (await one.heard('sourceWent')).map((went) => went.deviceId);

  it('come and go with announcements, once for each change', async () => {
    await announce(bob, false);
    await announce(bob, false);
    await announce(bob, true);
    const came = await ann.heard('sourceCame');
    assert.deepEqual(
      came.map(({ source }) => [source.deviceId, source.userId, source.complete]),
      [
        [bob.identity.id, 'bob', false],
        [bob.identity.id, 'bob', true],
      ],
    );
    assert.deepEqual(await bob.heard('sourceCame'), [], 'he does not watch');
    const items = [{ ...lab, manifestId }];
    await bob.call('withdraw', { items });
    await bob.call('withdraw', { items });
    assert.deepEqual(await wentFrom(ann), [bob.identity.id]);
  });

  it('have the last state if many are announced and withdrawn at once', async () => {
    const other = await bench.share(ann, 'b');
    await ann.call('findSources', { ...lab, fileName: 'b' });
    const items = Array.from({ length: 1000 }, (_, index) => ({
      ...lab,
      manifestId: [manifestId, other, index.toString(16).padStart(64, '0')][index % 3],
      complete: index % 2 === 0,
    }));
    const calls: Promise<unknown>[] = [];
    for (let round = 0; round < 4; round++)
      calls.push(bob.call('announce', { items }), bob.call('withdraw', { items }), ann.call('listGroups', {}));
    const [{ refused }] = (await Promise.all(calls)) as [{ refused: { code: string }[] }];
    assert.deepEqual([refused.length, new Set(refused.map(({ code }) => code))], [333, new Set(['FILE_NOT_FOUND'])]);
    assert.deepEqual((await ann.call('findSources', file)).sources, []);
    await Promise.all([bob.call('withdraw', { items }), bob.call('announce', { items })]);
    assert.equal((await ann.call('findSources', file)).sources.length, 1);
  });

  it('go when a device logs out, and when its user leaves', async () => {
    await announce(bob);
    await bob.call('logout', {});
    assert.deepEqual(await wentFrom(ann), [bob.identity.id]);
    await bob.logIn('bob');
    await announce(bob);
    await bob.call('leaveGroup', lab);
    assert.deepEqual(await wentFrom(ann), [bob.identity.id]);
    const { refused } = await announce(bob);
    assert.deepEqual(
      refused.map((one) => one.code),
      ['NOT_A_MEMBER'],
    );
  });

  it('are not sent to clients that have stopped watching, left, or signed out', async () => {
    await bob.call('findSources', file);
    await bob.call('unwatch', { ...lab, manifestId });
    const second = await bench.secondDevice('ann');
    await announce(second);
    assert.equal((await ann.heard('sourceCame')).length, 1);
    assert.deepEqual(await bob.heard('sourceCame'), [], 'he does not watch any more');

    await bob.call('findSources', file);
    await ann.call('removeMember', { ...lab, userId: 'bob' });
    await second.call('withdraw', { items: [{ ...lab, manifestId }] });
    assert.equal((await ann.heard('sourceWent')).length, 1);
    assert.deepEqual(await bob.heard('sourceWent'), [], 'he is no member any more');

    await ann.call('logout', {});
    await announce(second);
    await ann.logIn('ann');
    assert.deepEqual(await ann.heard('sourceCame'), [], 'she was not there');
  });

  it('have the address that the device announces, or that the tracker sees', async () => {
    for (const [endpoint, expected] of [
      [
        { host: '198.51.100.7', port: 7004 },
        { host: '198.51.100.7', port: 7004 },
      ],
      [{ port: 7005 }, { host: '127.0.0.1', port: 7005 }],
      [
        { host: '0.0.0.0', port: 7006 },
        { host: '127.0.0.1', port: 7006 },
      ],
      [
        { host: '::', port: 7007 },
        { host: '127.0.0.1', port: 7007 },
      ],
    ] as const) {
      await bob.call('logout', {});
      await bob.logIn('bob', endpoint);
      await announce(bob);
      const [source] = (await ann.call('findSources', file)).sources;
      assert.deepEqual(source && { host: source.host, port: source.port }, expected);
    }
    await ann.heard('sourceCame');
    await bob.call('logout', {});
    await bob.call('login', { userId: 'bob', password: 'pw', device: bob.prove(null) });
    await announce(bob);
    assert.deepEqual((await ann.call('findSources', file)).sources, [], 'it serves nobody');
    assert.deepEqual(await ann.heard('sourceCame'), []);
  });

  it('are a sample if there are many', async () => {
    await bench.close();
    bench = new RawBench();
    await bench.start();
    [ann, bob] = await Promise.all([bench.member('ann'), bench.member('bob')]);
    await bench.group(ann, bob);
    manifestId = await bench.share(ann, 'a');
    const devices = await Promise.all(Array.from({ length: MAX_SOURCES + 5 }, () => bench.secondDevice('ann')));
    await Promise.all(devices.map((device) => announce(device)));
    const { file: listed, sources } = await bob.call('findSources', file);
    assert.equal(new Set(sources.map((source) => source.deviceId)).size, MAX_SOURCES);
    assert.equal(listed.sharersOnline, MAX_SOURCES + 6);
  });

  it('omit the excluded ones', async () => {
    await announce(bob);
    const second = await bench.secondDevice('bob');
    await announce(second);
    const exclude = [bob.identity.id, ann.identity.id];
    const third = await bench.secondDevice('ann');
    const { sources } = await third.call('findSources', { ...file, exclude });
    assert.deepEqual(
      sources.map((one) => one.deviceId),
      [second.identity.id],
    );
    const { devices } = await third.call('locateFiles', { ...lab, fileNames: ['a'], exclude });
    assert.deepEqual(
      devices.map((one) => one.deviceId),
      [second.identity.id],
    );
    const many = Array.from({ length: MAX_NAMED_DEVICES + 1 }, () => bob.identity.id);
    for (const method of ['findSources', 'unwatch'] as const)
      assert.equal(
        await third.outcome(method, { ...file, manifestId, exclude: many, served: many }),
        'INVALID_ARGUMENT',
      );
  });

  it('never have an address that must not be dialled', async () => {
    await bob.call('logout', {});
    for (const endpoint of [
      { host: '127.0.0.1', port: 22 },
      { port: 1023 },
      { host: '/tmp/x.sock', port: 7001 },
      { host: '\ud800', port: 7001 },
      { host: 'x'.repeat(100), port: 7001 },
      { host: '169.254.1.1', port: 7001 },
      { host: '::ffff:224.0.0.1', port: 7001 },
      { host: '127.1', port: 7001 },
    ])
      assert.equal(
        await bob.outcome('login', { userId: 'bob', password: 'pw', device: bob.prove(endpoint) }),
        'INVALID_ARGUMENT',
      );
    await bob.logIn('bob', { host: 'box.example', port: 443 });
    await announce(bob);
    const [source] = (await ann.call('findSources', file)).sources;
    assert.deepEqual(source && [source.host, source.port], ['box.example', 443]);
  });

  it('have a bounded number of devices per user, and of files per device', async () => {
    await bench.close();
    await open({ devicesPerUser: 2, announcesPerDevice: 1 });
    const second = await bench.secondDevice('ann');
    const third = await bench.guest();
    const signIn = () => third.outcome('login', { userId: 'ann', password: 'pw', device: third.prove() });
    assert.equal(await signIn(), 'QUOTA_EXCEEDED');
    assert.equal(await third.outcome('listGroups', {}), 'NOT_LOGGED_IN');
    await second.call('logout', {});
    assert.equal(await signIn(), 'ok');
    const again = await bench.secondDevice('bob', bob.identity);
    assert.equal(again.userId, 'bob', 'the same device in the place of itself');
    const ofBob = await bench.share(again, 'b');
    const items = [manifestId, ofBob].map((id) => ({ ...lab, manifestId: id, complete: false }));
    const { refused } = await ann.call('announce', { items });
    assert.deepEqual(
      refused.map((one) => [one.manifestId, one.code]),
      [[ofBob, 'QUOTA_EXCEEDED']],
    );
    const other = 'ab'.repeat(32);
    assert.equal(await ann.outcome('shareFile', { ...lab, fileName: 'c', manifestId: other }), 'QUOTA_EXCEEDED');
  });

  it('are watched for a bounded number of files', async () => {
    await bench.close();
    await open({ watches: 1 });
    await bench.share(ann, 'b');
    assert.equal(await ann.outcome('findSources', { ...lab, fileName: 'b' }), 'RATE_LIMITED');
    assert.equal(await ann.outcome('findSources', file), 'ok', 'that one is watched already');
    await ann.call('unwatch', { ...lab, manifestId });
    assert.equal(await ann.outcome('findSources', { ...lab, fileName: 'b' }), 'ok');
  });

  it('include no device that disconnected before the end of its sign-in', async () => {
    const guest = await bench.guest();
    const gone = guest.closed;
    void guest.outcome('login', { userId: 'bob', password: 'pw', device: guest.prove() });
    await guest.hello(); // answered during the comparison of the password
    guest.close();
    await gone;
    // Passwords are compared in order: when this sign-in is done, the other one is.
    const later = await bench.secondDevice('bob');
    await later.call('listGroups', {});
    assert.equal(await bench.figure('shoal_devices_online'), 3);
  });
});
