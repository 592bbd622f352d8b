import assert from 'node:assert/strict';
import { until } from '../../support/until.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';
import { Listener } from '../reach/listeners.js';

const lab = { groupId: 'lab' };
const file = { ...lab, fileName: 'a' };

/** What a client of version 0.1 sent, word for word, and the fields that it read in the answers. */
describe('a recorded session of version 0.1', () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;
  let peer: Listener;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start({ limits: { checksAtOnce: 8 } });
    ann = await bench.stranger();
    peer = await Listener.peer(ann.identity);
    bob = await bench.stranger();
  });
  afterEach(async () => {
    await bench.close();
    await peer.close();
  });

  it('is answered as by a tracker of version 0.1', async () => {
    for (const [one, userId, port] of [
      [ann, 'ann', peer.port],
      [bob, 'bob', 7002],
    ] as const) {
      const hello = await one.hello();
      assert.equal(hello.protocol, 1);
      assert.deepEqual(await one.call('createUser', { userId, password: 'pw' }), { userId });
      const session = await one.logIn(userId, { port });
      assert.deepEqual([session.userId, session.deviceId, session.groups], [userId, one.identity.id, []]);
    }
    const standing = { ...lab, standing: 'owner', ownerId: 'ann', members: 1 };
    assert.deepEqual(pick(await ann.call('createGroup', lab), standing), standing);
    await bob.call('joinGroup', lab);
    await ann.call('acceptRequest', { ...lab, userId: 'bob' });
    const manifestId = await bench.share(ann, 'a');

    const source = { deviceId: ann.identity.id, userId: 'ann', host: '127.0.0.1', port: peer.port, complete: true };
    assert.deepEqual((await bob.call('findSources', file)).sources, [source]);
    const { complete: _, ...device } = source;
    const located = await bob.call('locateFiles', { ...lab, fileNames: ['a'] });
    assert.deepEqual(located.devices, [device]);

    await ann.call('withdraw', { items: [{ ...lab, manifestId }] });
    await ann.call('announce', { items: [{ ...lab, manifestId, complete: true }] });
    await until(() => peer.connections > 0); // the tracker knows now that she can be reached, and says nothing of it
    assert.deepEqual(await bob.heard('sourceWent'), [{ ...lab, manifestId, deviceId: ann.identity.id }]);
    assert.deepEqual(await bob.heard('sourceCame'), [{ ...lab, manifestId, source }]);
    for (const event of ['reach', 'meet'] as const) assert.deepEqual(await ann.heard(event), []);
    await bob.call('unwatch', { ...lab, manifestId, served: [ann.identity.id] });
    assert.deepEqual(await bob.call('logout', {}), {});
    assert.equal(await bench.figure('shoal_reach_checks_total\\{verdict="open"\\}'), 1);
  });

  it('passes on the name of a host, which version 0.1 dials itself', async () => {
    await bob.hello();
    await bob.call('createUser', { userId: 'bob', password: 'pw' });
    await bob.logIn('bob', { host: 'box.example', port: 443 });
    const cem = await bench.member('cem', { port: 7004 });
    await bench.group(bob, cem);
    await bench.share(bob, 'a');
    const [source] = (await cem.call('findSources', file)).sources;
    assert.deepEqual([source?.host, source?.port], ['box.example', 443]);
  });
});

/** Those fields of an answer that version 0.1 had. */
function pick(answer: object, expected: object): object {
  return Object.fromEntries(Object.entries(answer).filter(([key]) => key in expected));
}
