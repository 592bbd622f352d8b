import assert from 'node:assert/strict';
import type { DeviceAddress } from '../../../../sdk/index.js';
import { handlers } from '../../../../tracker/methods/index.js';
import { until } from '../../../support/until.js';
import { hasCode, Lab, nextEvent } from '../support.js';

type Patched = Pick<typeof handlers, 'hello' | 'login' | 'moved'>;

describe('a client at a tracker', () => {
  const methods: { -readonly [Name in keyof Patched]: Patched[Name] } = handlers;
  const { hello, login, moved } = methods;
  let lab: Lab;
  let offers: string[] | undefined;
  let announced: (readonly DeviceAddress[] | undefined)[];

  before(() => {
    methods.hello = async (...args) => {
      const { offers: _, ...answer } = await hello(...args);
      return { ...answer, ...(offers && { offers }) };
    };
    methods.login = async (params, ...rest) => {
      announced.push(params.device.addresses);
      return login(params, ...rest);
    };
    methods.moved = async ({ addresses }) => {
      announced.push(addresses);
      return { seen: { host: '127.0.0.1', port: 7001 } };
    };
  });
  beforeEach(async () => {
    announced = [];
    lab = new Lab();
    await lab.startTracker();
  });
  afterEach(() => lab.close());
  after(() => {
    Object.assign(methods, { hello, login, moved });
  });

  it('of version 0.1 is as before: it announces no addresses, and knows nothing of its reach', async () => {
    offers = undefined;
    const alice = await lab.signedIn('alice');
    assert.deepEqual(announced, [undefined]);
    alice.setConnect('direct');
    const { situation, connect, listenAddress } = alice.reach ?? {};
    assert.deepEqual([situation, connect, listenAddress], ['unknown', 'direct', alice.listenAddress]);
    await alice.listGroups();
    assert.equal(announced.length, 1);
  });

  it('that checks addresses hears of them at the sign-in, and of every change', async () => {
    offers = ['reach'];
    const alice = lab.client('alice', { listen: '0.0.0.0:0' });
    const before = alice.reach;
    assert.equal(before, undefined);
    await alice.connect();
    assert.equal(alice.reach?.situation, 'signedOut');
    await alice.createUser('alice', 'password of alice');
    const changed = nextEvent(alice, 'reachChanged');
    await alice.login('alice', 'password of alice');
    assert.equal((await changed).situation, 'checking');
    const port = alice.listenAddress?.port;
    assert.ok(announced[0]?.some((one) => one.host === '127.0.0.1' && one.port === port && one.kind === 'private'));
    alice.setConnect('relay');
    await until(() => announced.length === 2);
    assert.deepEqual(announced[1], []);
    alice.setConnect('auto');
    await until(() => announced.length === 3);
    assert.deepEqual(announced[2], announced[0]);
    await alice.logout();
    assert.equal(alice.reach?.situation, 'signedOut');
  });

  it('takes no other way than there is', async () => {
    const wrong = 'carrier pigeon' as never;
    assert.throws(() => lab.client('alice', { connect: wrong }), hasCode('INVALID_ARGUMENT'));
    assert.throws(() => lab.client('bob').setConnect(wrong), hasCode('INVALID_ARGUMENT'));
  });
});
