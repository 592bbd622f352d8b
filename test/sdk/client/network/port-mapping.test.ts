import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { type MappingFacts, whyNotAsked } from '../../../../sdk/client/network/mapping-rules.js';
import { until } from '../../../support/until.js';
import { DEAD, type ScriptedMapper } from './scripted-mapper.js';
import { SEEN, Traveller } from './traveller.js';

const MAPPED = { kind: 'mapped', by: 'upnp', ...SEEN } as const;
const OTHERWISE = { host: '192.168.1.10', port: 24_816, kind: 'private' };

describe('whether a router is asked to open a port', () => {
  const ASKED: MappingFacts = {
    ...{ isOn: true, connect: 'auto', isSignedIn: true, isTrackerHere: false },
    ...{ listening: { host: '::', port: 24_816 }, advertised: undefined },
  };
  const cases: [facts: Partial<MappingFacts>, reason: string | undefined, why: RegExp][] = [
    [{}, undefined, /^$/],
    [{ connect: 'direct', listening: { host: '0.0.0.0', port: 24_816 } }, undefined, /^$/],
    [{ isOn: false }, 'off', /settings/],
    [{ isTrackerHere: true }, 'unused', /tracker is on this computer/],
    [{ isSignedIn: false }, 'unused', /Nobody is signed in/],
    [{ connect: 'relay' }, 'unused', /only the relay/],
    [{ listening: { host: '127.0.0.1', port: 24_816 } }, 'unused', /at 127\.0\.0\.1 alone/],
    [{ listening: { host: '192.168.1.10', port: 24_816 } }, 'unused', /at 192\.168\.1\.10 alone/],
    [{ advertised: { host: '203.0.113.7', port: 7001 } }, 'unused', /advertised address \(203\.0\.113\.7:7001\)/],
  ];
  for (const [facts, reason, why] of cases) {
    it(`depends on ${JSON.stringify(facts)}`, () => {
      const found = whyNotAsked({ ...ASKED, ...facts });
      assert.equal(found?.reason, reason);
      assert.match(found?.why ?? '', why);
    });
  }
});

describe('a port that the router opens', () => {
  let traveller: Traveller;

  beforeEach(() => {
    traveller = new Traveller();
  });
  afterEach(() => traveller.reach.close());

  async function signedIn(): Promise<ScriptedMapper> {
    traveller.signIn();
    await until(() => traveller.mappers.length === 1);
    return traveller.mapper;
  }

  /** The addresses that the tracker was told last. */
  const told = () => traveller.asked.map(([, params]) => (params as { addresses: object[] }).addresses).at(-1);

  async function mapped(): Promise<ScriptedMapper> {
    const mapper = await signedIn();
    mapper.becomes(MAPPED);
    await until(() => traveller.asked.length === 1);
    assert.deepEqual(told(), [{ ...SEEN, kind: 'mapped' }, OTHERWISE]);
    return mapper;
  }

  it('is asked for once somebody is signed in, with the bytes of this device, and closed when he signs out', async () => {
    assert.deepEqual(traveller.mappers, []);
    const mapper = await signedIn();
    assert.deepEqual(mapper.calls, ['start 24816']);
    assert.deepEqual(mapper.nonce, Buffer.alloc(12, 7));
    assert.equal(traveller.reach.describe().noMapping?.reason, 'asking');
    traveller.signOut();
    await until(() => mapper.calls.includes('close'));
    assert.match(traveller.reach.describe().noMapping?.why ?? '', /Nobody is signed in/);
    mapper.becomes(MAPPED); // an answer that comes too late
    assert.equal(traveller.reach.describe().mapping, undefined);
  });

  it('is asked of nobody if the tracker is on this computer, or the device listens at one address', async () => {
    traveller.trackerHost = '127.0.0.1';
    const single = new Traveller({ host: '127.0.0.1' });
    const advertised = new Traveller({ advertised: { host: '203.0.113.7', port: 7001 } });
    for (const one of [traveller, single, advertised]) {
      one.signIn();
      one.lookAgain();
    }
    await turn();
    for (const one of [traveller, single, advertised]) {
      assert.deepEqual(one.mappers, []);
      assert.equal(one.reach.describe().noMapping?.reason, 'unused');
    }
    await Promise.all([single.reach.close(), advertised.reach.close()]);
  });

  it('is announced while it is there', async () => {
    const mapper = await mapped();
    assert.deepEqual(traveller.reach.describe().mapping, { ...SEEN, by: 'UPnP' });
    assert.equal(traveller.reach.describe().noMapping, undefined);
    mapper.becomes({ kind: 'none', fault: 'no-answer', why: 'It is gone.' });
    await until(() => traveller.asked.length === 2);
    assert.deepEqual(told(), [OTHERWISE]);
    assert.deepEqual(traveller.reach.describe().noMapping, { reason: 'noAnswer', why: 'It is gone.' });
  });

  it('counts as working if the tracker gets through', async () => {
    const mapper = await mapped();
    traveller.finds('unchecked');
    assert.deepEqual(mapper.calls, ['start 24816']);
    traveller.finds('open');
    assert.deepEqual(mapper.calls, ['start 24816', 'confirmed']);
    assert.match(traveller.reach.describe().sentence, /opened on the router by UPnP/);
  });

  for (const verdict of ['closed', 'other'] as const) {
    it(`is made anew if the tracker finds it ${verdict}, and judged once it is announced again`, async () => {
      const mapper = await mapped();
      traveller.finds(verdict);
      assert.deepEqual(mapper.calls, ['start 24816', 'failed']);
      mapper.becomes(MAPPED); // at once, at the same address
      traveller.finds(verdict); // of the former mapping
      assert.deepEqual(mapper.calls, ['start 24816', 'failed']);
      await until(() => traveller.asked.length === 3); // without it, and with it again
      await turn();
      assert.deepEqual(told(), [{ ...SEEN, kind: 'mapped' }, OTHERWISE]);
      assert.equal(traveller.reach.describe().addresses[0]?.verdict, 'unchecked');
      traveller.finds(verdict);
      assert.deepEqual(mapper.calls, ['start 24816', 'failed', 'failed']);
      mapper.becomes(DEAD);
      assert.equal(traveller.reach.describe().noMapping?.reason, 'dead');
    });
  }

  it('is not judged by a tracker in the own network that does not get through', async () => {
    traveller.trackerHost = '192.168.1.2';
    const mapper = await mapped();
    traveller.finds('closed');
    assert.deepEqual(mapper.calls, ['start 24816']);
    traveller.finds('other');
    assert.deepEqual(mapper.calls, ['start 24816', 'failed']);
  });

  it('outlives a lost tracker, and is asked for anew in another network', async () => {
    const mapper = await mapped();
    traveller.link.emit('lost');
    traveller.host = '10.0.0.7';
    traveller.lookAgain();
    assert.deepEqual(mapper.calls, ['start 24816', 'networkChanged']);
    assert.deepEqual(traveller.reach.places(traveller.link.online as never).addresses?.[0], {
      ...SEEN,
      kind: 'mapped',
    });
  });

  it('follows the settings, one mapper after the other', async () => {
    const first = await mapped();
    let deleted = () => {};
    first.onClose = () => new Promise((resolve) => (deleted = resolve));
    traveller.reach.setPortMapping(false);
    assert.equal(traveller.reach.describe().noMapping?.reason, 'off');
    await until(() => traveller.asked.length === 2);
    assert.deepEqual(told(), [OTHERWISE]);
    traveller.reach.setPortMapping(true);
    traveller.reach.setConnect('relay');
    assert.equal(traveller.reach.describe().noMapping?.reason, 'unused');
    traveller.reach.setConnect('auto');
    await until(() => first.calls.includes('close'));
    assert.equal(traveller.mappers.length, 1, 'the former mapping is not yet deleted');
    deleted();
    await until(() => traveller.mappers.length === 2);
    assert.deepEqual(traveller.mapper.calls, ['start 24816']);
  });

  it('is closed at the end', async () => {
    const mapper = await mapped();
    let isDeleted = false;
    mapper.onClose = async () => {
      await Promise.resolve();
      isDeleted = true;
    };
    await traveller.reach.close();
    assert.ok(isDeleted);
    traveller.reach.setPortMapping(false);
    traveller.reach.setPortMapping(true);
    assert.equal(traveller.mappers.length, 1);
  });
});
