import assert from 'node:assert/strict';
import { LATE_AFTER_MS } from '../../../../sdk/reach/index.js';
import { until } from '../../../support/until.js';
import { DEAD } from './scripted-mapper.js';
import { SEEN, Traveller } from './traveller.js';

const DEVICE = 'ab'.repeat(32);

describe('the reach of a client', () => {
  let traveller: Traveller;

  beforeEach(() => {
    traveller = new Traveller();
  });
  afterEach(() => traveller.reach.close());

  it('follows the computer into another network: engine, connection and announcement', async () => {
    const { addresses } = traveller.signIn();
    assert.deepEqual(addresses, [{ host: '192.168.1.10', port: 24_816, kind: 'private' }]);
    traveller.lookAgain();
    assert.deepEqual(traveller.looked, []);
    traveller.host = '10.0.0.7';
    traveller.lookAgain();
    assert.deepEqual(traveller.looked, [[false, true]]);
    assert.ok(traveller.sent.some(({ type }) => type === 'networkChanged'));
    await until(() => traveller.asked.length > 0);
    const moved = { endpoint: { port: 24_816 }, addresses: [{ host: '10.0.0.7', port: 24_816, kind: 'private' }] };
    assert.deepEqual(traveller.asked, [['moved', moved]]);
  });

  it('looks at every connection after the computer slept, and announces nothing new', async () => {
    traveller.signIn();
    traveller.lookAgain(LATE_AFTER_MS + 1);
    assert.deepEqual(traveller.looked, [[true, false]]);
    assert.deepEqual(
      traveller.sent.map(({ type }) => type),
      ['ways', 'networkChanged'],
    );
    await Promise.resolve();
    assert.deepEqual(traveller.asked, []);
  });

  it('announces what a router forwards, and no more when it forwards nothing', async () => {
    traveller.signIn();
    await until(() => traveller.mappers.length === 1);
    traveller.mapper.becomes({ kind: 'mapped', by: 'pcp', ...SEEN });
    await until(() => traveller.asked.length === 1);
    traveller.link.emit('reach', { addresses: [{ ...SEEN, kind: 'mapped', verdict: 'open' }] });
    const { situation, sentence, mapping } = traveller.reach.describe();
    assert.equal(situation, 'open');
    assert.match(sentence, /by PCP/);
    assert.equal(mapping?.by, 'PCP');
    traveller.mapper.becomes(DEAD);
    await until(() => traveller.asked.length === 2);
    assert.equal(traveller.reach.describe().situation, 'checking');
  });

  it('says what blocks the dials of this device, as the engine finds it', () => {
    traveller.signIn();
    traveller.link.emit('reach', { addresses: [{ ...SEEN, kind: 'seen', verdict: 'closed' }] });
    const situations = [traveller.reach.describe().situation];
    for (const [outgoing, ownNetwork] of [
      [true, false],
      [true, true],
      [false, false],
    ] as const) {
      traveller.engine.emit('dialsBlocked', { type: 'dialsBlocked', outgoing, ownNetwork });
      situations.push(traveller.told.at(-1)?.situation ?? 'checking');
    }
    assert.deepEqual(situations, ['behind', 'filtered', 'noLocalNetwork', 'behind']);
  });

  it('is told when it changes, and only then', () => {
    traveller.signIn();
    assert.deepEqual(traveller.told.map(({ situation }) => situation).slice(-1), ['checking']);
    const before = traveller.told.length;
    traveller.reach.review();
    assert.equal(traveller.told.length, before);
    const found = { addresses: [{ ...SEEN, kind: 'seen', verdict: 'closed' }] };
    traveller.link.emit('reach', found);
    traveller.link.emit('reach', found);
    assert.equal(traveller.told.length, before + 1);
    assert.equal(traveller.told.at(-1)?.situation, 'behind');
    traveller.link.emit('lost');
    assert.equal(traveller.told.at(-1)?.situation, 'signedOut');
  });

  it('uses the ways that the user wants, and hides the addresses if that is the relay', async () => {
    traveller.signIn();
    traveller.reach.setConnect('relay');
    assert.deepEqual(traveller.sent.at(-1), { type: 'ways', connect: 'relay' });
    await until(() => traveller.asked.length > 0);
    assert.deepEqual(traveller.asked, [['moved', { endpoint: null, addresses: [] }]]);
    assert.equal(traveller.told.at(-1)?.situation, 'relayOnly');
  });

  it('passes meetings between engine and tracker, both ways', async () => {
    traveller.signIn();
    traveller.engine.emit('meetWanted', { request: 1, groupId: 'lab', deviceId: DEVICE, by: 'back' });
    await until(() => traveller.sent.some(({ type }) => type === 'meeting'));
    const common = { meeting: 'm'.repeat(22), groupId: 'lab', deviceId: DEVICE, userId: 'bob' };
    traveller.link.emit('meet', { ...common, by: 'back', addresses: [SEEN] });
    assert.equal(traveller.sent.at(-1)?.type, 'called');
  });

  it('watches the network no longer than it lives', async () => {
    await traveller.reach.close();
    assert.equal(traveller.isWatched, false);
  });
});
