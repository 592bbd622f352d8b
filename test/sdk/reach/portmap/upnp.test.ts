import assert from 'node:assert/strict';
import { searchRouters } from '../../../../sdk/reach/portmap/upnp/ssdp.js';
import { until } from '../../../support/until.js';
import { INTERNAL_PORT, LOOPBACK, MapperScene } from './mapper-scene.js';
import { TestClock } from './test-clock.js';
import { EXTERNAL, UdpRouter } from './udp-router.js';
import { UpnpRouter } from './upnp-router.js';
import { faultAt, upnpScene } from './upnp-scene.js';

const CHECK_MS = 300_000;
const HALF_LEASE_MS = 3_600_000;

describe('port mapping by UPnP', () => {
  for (const type of ['WANIPConnection:1', 'WANIPConnection:2', 'WANPPPConnection:1']) {
    it(`maps a port by ${type}, and deletes the mapping when it closes`, async () => {
      await using router = await UpnpRouter.open();
      router.serviceType = `urn:schemas-upnp-org:service:${type}`;
      await using mapping = upnpScene(router);
      const state = await mapping.mapped();
      assert.deepEqual(state, { kind: 'mapped', by: 'upnp', host: EXTERNAL, port: INTERNAL_PORT });
      const entry = { client: '127.0.0.1', port: INTERNAL_PORT, leaseSeconds: 7200 };
      assert.deepEqual([...router.table], [[INTERNAL_PORT, entry]]);
      await mapping.mapper.close();
      assert.equal(router.table.size, 0);
      assert.deepEqual(mapping.clock.waits, []);
    });
  }

  it('searches for both versions, and asks for everything that may fail before it adds the mapping', async () => {
    await using router = await UpnpRouter.open();
    await using mapping = upnpScene(router);
    await mapping.mapped();
    for (const version of [1, 2])
      assert.ok(router.asked.includes(`urn:schemas-upnp-org:device:InternetGatewayDevice:${version}`));
    assert.deepEqual(router.actions, [
      'GetExternalIPAddress',
      'GetExternalIPAddress',
      'AddPortMapping',
      'GetSpecificPortMappingEntry',
    ]);
  });

  it('uses an absolute control URL, and one that is relative to URLBase', async () => {
    await using router = await UpnpRouter.open();
    router.controlUrl = `${router.origin}/control`;
    await using first = upnpScene(router);
    await first.mapped();
    await first.mapper.close();
    router.controlUrl = 'control';
    router.urlBase = `${router.origin}/base/`;
    await using second = upnpScene(router);
    await second.mapped();
  });

  it('takes a permanent mapping where the router has no leases, and deletes it when it closes', async () => {
    await using router = await UpnpRouter.open();
    router.onlyPermanent = true;
    await using mapping = upnpScene(router);
    await mapping.mapped();
    assert.equal(router.table.get(INTERNAL_PORT)?.leaseSeconds, 0);
    const adds = () => router.actions.filter((action) => action === 'AddPortMapping').length;
    assert.equal(adds(), 2);
    for (let passedMs = 0; passedMs <= HALF_LEASE_MS; passedMs += CHECK_MS) {
      const before = router.asked.length;
      await mapping.clock.passOnceWaited(CHECK_MS);
      await until(() => router.asked.length === before + 2);
    }
    assert.equal(adds(), 2, 'it needs no renewal');
    await mapping.mapper.close();
    assert.equal(router.table.size, 0);
  });

  it('asks for another port if another computer has it, the same one after a restart, and renews the right one', async () => {
    await using router = await UpnpRouter.open();
    const others = { client: '10.0.0.9', port: 1, leaseSeconds: 0 };
    router.table.set(INTERNAL_PORT, others);
    await using mapping = upnpScene(router);
    const state = await mapping.mapped();
    assert.ok(state.kind === 'mapped' && state.port !== INTERNAL_PORT);
    const entry = { client: '127.0.0.1', port: INTERNAL_PORT, leaseSeconds: 7200 };
    assert.deepEqual(router.table.get(state.port), entry);
    router.table.set(state.port, { ...entry, leaseSeconds: 1 });
    for (let passedMs = CHECK_MS; passedMs < HALF_LEASE_MS; passedMs += CHECK_MS) {
      const before = router.asked.length;
      await mapping.clock.passOnceWaited(CHECK_MS);
      await until(() => router.asked.length === before + 2);
    }
    await mapping.clock.passOnceWaited(CHECK_MS);
    await until(() => router.table.get(state.port)?.leaseSeconds === 7200);
    assert.deepEqual(router.table.get(state.port), entry);
    await using restarted = upnpScene(router); // as after a crash: the entry is still there
    assert.deepEqual(await restarted.mapped(), state);
    assert.equal(router.table.size, 2);
    await restarted.mapper.close();
    assert.deepEqual([...router.table], [[INTERNAL_PORT, others]], "another computer's entry is left alone");
  });

  it('does not believe a router that reports success where another computer has the port', async () => {
    await using router = await UpnpRouter.open();
    router.claimsEverything = true;
    const others = { client: '10.0.0.9', port: 1, leaseSeconds: 0 };
    router.table.set(INTERNAL_PORT, others);
    await using mapping = upnpScene(router);
    const state = await mapping.mapped();
    assert.ok(state.kind === 'mapped' && state.port !== INTERNAL_PORT);
    assert.deepEqual(router.table.get(INTERNAL_PORT), others);
  });

  it('deletes its own entry only, also at a router that does not tell what an entry contains', async () => {
    await using router = await UpnpRouter.open();
    router.tellsEntries = false;
    const others = { client: '10.0.0.9', port: 1, leaseSeconds: 0 };
    router.table.set(INTERNAL_PORT, others);
    await using mapping = upnpScene(router);
    await mapping.mapped();
    assert.equal(router.table.size, 2);
    await mapping.mapper.close();
    assert.deepEqual([...router.table], [[INTERNAL_PORT, others]]);
  });

  it('reads a whole answer, whether the router closes the connection at once or never', async () => {
    for (const isClosed of [true, false]) {
      await using router = await UpnpRouter.open();
      let closed = 0;
      router.override = (request) => {
        if (request.method !== 'GET') return false;
        const body = `<root>${' '.repeat(60_000)}<service><serviceType>${router.serviceType}</serviceType><controlURL>/c</controlURL></service></root>`;
        request.socket.on('close', () => void closed++);
        request.socket.write(
          `HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        );
        if (isClosed) request.socket.end();
        return true;
      };
      await using mapping = upnpScene(router);
      await mapping.mapped();
      await until(() => closed === router.requests - router.actions.length);
    }
  });

  it('says so if other computers have all ports', async () => {
    await using router = await UpnpRouter.open();
    for (let port = 20_000; port < 32_768; port++)
      router.table.set(port, { client: '10.0.0.9', port, leaseSeconds: 0 });
    const entries = router.table.size;
    await using mapping = upnpScene(router);
    mapping.mapper.start(INTERNAL_PORT);
    const state = await mapping.next('none');
    assert.ok(state.kind === 'none' && state.fault === 'conflict');
    assert.equal(router.actions.filter((action) => action === 'AddPortMapping').length, 5);
    assert.equal(router.table.size, entries);
  });

  it('replaces its own entry at a router that renews nothing', async () => {
    await using router = await UpnpRouter.open();
    router.refusesRenewal = true;
    router.table.set(INTERNAL_PORT, { client: '127.0.0.1', port: INTERNAL_PORT, leaseSeconds: 3 });
    await using mapping = upnpScene(router);
    await mapping.mapped();
    assert.equal(router.table.get(INTERNAL_PORT)?.leaseSeconds, 7200);
  });

  it('maps anew when the entry is gone or the external address is another', async () => {
    await using router = await UpnpRouter.open();
    await using mapping = upnpScene(router);
    await mapping.mapped();
    router.table.clear();
    await mapping.clock.passOnceWaited(CHECK_MS);
    await until(() => router.table.size === 1 && mapping.clock.waits.includes(CHECK_MS));
    router.external = '21.0.0.2';
    await mapping.clock.passOnceWaited(CHECK_MS);
    await until(() => mapping.states.length === 3);
    assert.ok(mapping.mapper.state.kind === 'mapped' && mapping.mapper.state.host === '21.0.0.2');
  });

  it('maps nothing behind a second router', async () => {
    await using router = await UpnpRouter.open();
    router.external = '192.168.178.2';
    assert.equal(await faultAt(router), 'double-nat');
    assert.ok(!router.actions.includes('AddPortMapping'));
  });

  it('ends a search when its time is over, whoever answers later', async () => {
    await using router = await UpnpRouter.open();
    const [own = ''] = router.locations;
    const clock = new TestClock();
    const found: string[] = [];
    const conversation = { route: LOOPBACK, clock, random: Math.random };
    for await (const { location } of searchRouters(conversation, router.ssdp, new AbortController().signal)) {
      found.push(location.href);
      await clock.passOnceWaited(3000);
      await router.announce(`${own}?late`);
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    }
    assert.deepEqual(found, [own]);
    assert.deepEqual(clock.waits, []);
  });

  it('searches anew when the router has gone', async () => {
    await using router = await UpnpRouter.open();
    using other = await UdpRouter.open({ pcp: false, natPmp: false });
    await using mapping = new MapperScene({ protocols: ['upnp', 'nat-pmp'], mapping: other.port, ssdp: router.ssdp });
    await mapping.mapped();
    router.override = (request) => {
      request.socket.destroy();
      return true;
    };
    other.speaks.natPmp = true;
    await mapping.clock.passOnceWaited(CHECK_MS);
    await until(() => mapping.states.length === 4);
    assert.ok(mapping.mapper.state.kind === 'mapped' && mapping.mapper.state.by === 'nat-pmp');
  });
});
