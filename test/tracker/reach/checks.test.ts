import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createTlsIdentity } from '../../../sdk/identity/index.js';
import type { ReachVerdict } from '../../../sdk/protocol/index.js';
import { placeOf } from '../../../tracker/reach/announced.js';
import { ReachChecks } from '../../../tracker/reach/checks.js';
import { type Probe, probeWith } from '../../../tracker/reach/probe.js';
import { AddressBudgets } from '../../../tracker/server/budgets/address-budgets.js';
import { DEFAULT_LIMITS } from '../../../tracker/server/budgets/limits.js';
import type { CheckedAddress } from '../../../tracker/swarm/swarm.js';
import { until } from '../../support/until.js';
import { Listener } from './listeners.js';

const SEEN = '198.51.100.7';
const FOREIGN = '203.0.113.5';
const PROXY = '172.17.0.1';

describe('the checks of addresses', () => {
  let checks: ReachChecks;
  let dialled: string[];
  let reports: { deviceId: string; found: string[]; isDone: boolean }[];
  let verdicts: ReachVerdict[];

  function open(probe: Probe, changes: Partial<typeof DEFAULT_LIMITS> = {}): void {
    const limits = { ...DEFAULT_LIMITS, checkTimeoutMs: 20, ...changes };
    [dialled, reports, verdicts] = [[], [], []];
    checks = new ReachChecks({
      limits,
      budgets: new AddressBudgets(limits, () => performance.now()),
      probe: (address, deviceId, signal) => {
        dialled.push(`${address.host}:${address.port}`);
        return probe(address, deviceId, signal);
      },
      onFound: (deviceId, addresses, isDone) =>
        reports.push({ deviceId, isDone, found: addresses.map(({ host, verdict }) => `${host} ${verdict}`) }),
      onVerdict: (verdict) => verdicts.push(verdict),
      isProxy: (seen) => seen === PROXY,
      now: () => performance.now(),
    });
  }
  afterEach(() => checks.close());

  const check = (deviceId: string, hosts: readonly string[], seen = SEEN, port = 7001) => {
    const addresses = hosts.map((host) => ({ host, port, kind: 'configured' as const }));
    checks.check(deviceId, placeOf({ endpoint: { port: 7001 }, addresses }, seen, true));
  };
  const done = (count = 1) => until(() => reports.filter(({ isDone }) => isDone).length >= count);

  it('dial the address that the tracker sees, and global ones', async () => {
    open(async ({ host }) => (host === FOREIGN ? 'closed' : 'open'));
    check('a', ['10.0.0.1', FOREIGN, '2001:db8::5', '100.64.0.1', 'fd00::1']);
    await done();
    assert.deepEqual(dialled.sort(), [`${SEEN}:7001`, '2001:db8::5:7001', `${FOREIGN}:7001`]);
    assert.deepEqual(reports[0], {
      deviceId: 'a',
      isDone: false,
      found: ['10.0.0.1', FOREIGN, '2001:db8::5', '100.64.0.1', 'fd00::1']
        .map((host) => `${host} unchecked`)
        .concat(`${SEEN} open`),
    });
    assert.deepEqual(reports.at(-1)?.found.slice(0, 3), [
      '10.0.0.1 unchecked',
      `${FOREIGN} closed`,
      '2001:db8::5 open',
    ]);
    assert.deepEqual(verdicts.sort(), ['closed', 'open', 'open']);
  });

  it('leave out the address of a proxy, which is nobody in particular', async () => {
    open(async () => 'open');
    check('a', [FOREIGN], PROXY);
    await done();
    assert.deepEqual(dialled, [`${FOREIGN}:7001`]);
  });

  it('do not reach a service of the tracker or of its network, for whoever is elsewhere', async () => {
    const victim = await Listener.victim();
    const identity = await createTlsIdentity('tracker');
    const probe = probeWith(identity, 1000);
    open((address, deviceId, signal) =>
      address.host === SEEN ? Promise.resolve('closed') : probe(address, deviceId, signal),
    );
    const port = victim.port;
    const addresses: CheckedAddress[] = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1'].map((host) => ({
      ...{ host, port, kind: 'private', verdict: 'unchecked' },
    }));
    const place = placeOf({ endpoint: { port: 7001 }, addresses }, SEEN, true);
    checks.check('a', place);
    checks.check('b', { ...place, addresses }); // also if they had been accepted
    await done(2);
    assert.equal(victim.connections, 0);
    await victim.close();
  });

  it('of one device are few, also after it moved, or signed in again', async () => {
    open(async () => 'open', { checkBurst: 2, checkPauseMs: 3_600_000 });
    check('a', []);
    await done();
    checks.forget('a');
    check('a', []);
    await done(2);
    checks.forget('a');
    check('a', [FOREIGN]);
    check('a', [FOREIGN]);
    assert.deepEqual(reports.at(-1), { deviceId: 'a', isDone: false, found: [`${FOREIGN} unchecked`, `${SEEN} open`] });
    check('b', []);
    await done(3);
    for (let time = 0; time < 5; time++) await turn();
    assert.deepEqual(dialled, [`${SEEN}:7001`, `${SEEN}:7001`, `${SEEN}:7001`]);
    assert.deepEqual(
      reports.filter(({ isDone }) => isDone).map(({ deviceId }) => deviceId),
      ['a', 'a', 'b'],
    );
  });

  it('at one target are few, whoever announces it: the rest waits, and is told to nobody', async () => {
    open(async () => 'closed', { checksPerTarget: { atOnce: 3, perHour: 0.001 } });
    for (let device = 0; device < 10; device++) check(`d${device}`, [FOREIGN], `198.51.100.${device + 1}`);
    await until(() => reports.length === 20);
    assert.equal(dialled.filter((one) => one === `${FOREIGN}:7001`).length, 3);
    assert.equal(reports.filter(({ isDone }) => isDone).length, 3);
  });

  it('leave a closed address closed when a later check is refused, so that nobody is sent there', async () => {
    open(async () => 'closed', { checkEveryMs: 5, checkBurst: 100, checksPerTarget: { atOnce: 1, perHour: 0.001 } });
    check('a', [FOREIGN]);
    await until(() => reports.filter(({ isDone }) => !isDone).length > 3);
    assert.equal(dialled.filter((one) => one === `${FOREIGN}:7001`).length, 1);
    assert.deepEqual(reports.at(-1)?.found, [`${FOREIGN} closed`, `${SEEN} closed`]);
  });

  it('are not done while the tracker has no room to dial', async () => {
    let hasRoom = false;
    open(async ({ host }) => (hasRoom || host === SEEN ? 'open' : undefined), { checkEveryMs: 5, checkBurst: 100 });
    check('a', [FOREIGN]);
    await until(() => reports.length > 3);
    assert.ok(reports.every(({ isDone, found }) => !isDone && found[0] === `${FOREIGN} unchecked`));
    hasRoom = true;
    await done();
    assert.deepEqual(reports.at(-1)?.found, [`${FOREIGN} open`, `${SEEN} open`]);
  });

  it('for the devices at one address are bounded', async () => {
    open(async () => 'open', { checksPerAddress: { atOnce: 4, perHour: 0.001 } });
    for (let device = 0; device < 10; device++) check(`d${device}`, []);
    await until(() => reports.length === 10);
    assert.equal(dialled.length, 4);
  });

  it('run a few at a time, fewer at one host, and all in the end', async () => {
    const running = new Map<string, number>();
    let most = 0;
    open(
      async ({ host }) => {
        running.set(host, (running.get(host) ?? 0) + 1);
        assert.ok((running.get(host) ?? 0) <= 2);
        most = Math.max(
          most,
          [...running.values()].reduce((sum, one) => sum + one, 0),
        );
        await turn();
        running.set(host, (running.get(host) ?? 0) - 1);
        return 'open';
      },
      { checksAtOnce: 3, checksAtOncePerHost: 2 },
    );
    for (let device = 0; device < 30; device++) check(`d${device}`, [], `198.51.100.${(device % 5) + 1}`);
    await done(30);
    assert.equal(most, 3);
  });

  it('keep what they found until they find something else', async () => {
    let finish: (() => void) | undefined;
    open(
      async ({ host }) => {
        if (host === FOREIGN && finish) await new Promise<void>((resolve) => (finish = resolve));
        return 'open';
      },
      { checkBurst: 100 },
    );
    check('a', [FOREIGN]);
    await done();
    finish = () => {};
    check('a', [FOREIGN]);
    const before = reports.length;
    await until(() => reports.length > before);
    assert.deepEqual(reports.at(-1), { deviceId: 'a', isDone: false, found: [`${FOREIGN} open`, `${SEEN} open`] });
    check('a', [FOREIGN], '198.51.100.8');
    await until(() => reports.at(-1)?.found.includes('198.51.100.8 open') ?? false);
    assert.deepEqual(reports.at(-1)?.found, [`${FOREIGN} unchecked`, '198.51.100.8 open'], 'it is elsewhere');
    finish();
  });

  it('say nothing of a port that a router has opened since, until its turn comes', async () => {
    open(async () => 'closed', { checkBurst: 1, checkPauseMs: 3_600_000 });
    const announce = (mapped: readonly string[]) => {
      const addresses = mapped.map((host) => ({ host, port: 7001, kind: 'mapped' as const }));
      checks.check('a', placeOf({ endpoint: { port: 7001 }, addresses }, SEEN, true));
    };
    announce([]);
    await done();
    assert.deepEqual(reports.at(-1)?.found, [`${SEEN} closed`]);
    announce([]);
    assert.deepEqual(reports.at(-1), { deviceId: 'a', isDone: false, found: [`${SEEN} closed`] });
    announce([SEEN]);
    assert.ok(!reports.some(({ found }, index) => index > 1 && found.includes(`${SEEN} closed`)));
    assert.equal(dialled.length, 1);
  });

  it('are repeated, and end when the device goes', async () => {
    open(async () => 'open', { checkEveryMs: 5, checkBurst: 100 });
    check('a', []);
    await done(3);
    checks.forget('a');
    const count = dialled.length;
    for (let time = 0; time < 5; time++) await turn();
    assert.equal(dialled.length, count);
  });
});

describe('the probe of an address', () => {
  const listeners: Listener[] = [];
  afterEach(() => Promise.all(listeners.splice(0).map((one) => one.close())));

  async function verdictOn(listener: Listener, deviceId: string, signal = new AbortController().signal) {
    listeners.push(listener);
    const probe = probeWith(await createTlsIdentity('tracker'), 5000);
    return probe({ host: '127.0.0.1', port: listener.port }, deviceId, signal);
  }

  it('knows the device by its key, and sends nothing but a handshake to anybody else', async () => {
    const [identity, other] = await Promise.all([createTlsIdentity('a'), createTlsIdentity('b')]);
    assert.equal(await verdictOn(await Listener.peer(identity), identity.id), 'open');
    assert.equal(await verdictOn(await Listener.peer(identity), other.id), 'other');
    const victim = await Listener.victim();
    assert.equal(await verdictOn(victim, identity.id), 'closed');
    assert.equal(victim.connections, 1);
    const [hello, ...more] = victim.received;
    assert.deepEqual([hello?.[0], hello?.[5], more.length], [0x16, 1, 0], 'one record, a ClientHello');
  });

  it('is closed where nobody listens, and nothing once it is aborted', async () => {
    const gone = await Listener.victim();
    const { port } = gone;
    await gone.close();
    const probe = probeWith(await createTlsIdentity('tracker'), 5000);
    const { signal } = new AbortController();
    assert.equal(await probe({ host: '127.0.0.1', port }, 'x', signal), 'closed');
    assert.equal(await verdictOn(await Listener.victim(), 'x', AbortSignal.abort()), 'unchecked');
  });
});
