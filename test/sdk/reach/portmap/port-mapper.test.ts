import assert from 'node:assert/strict';
import { PortMapError } from '../../../../sdk/reach/portmap/index.js';
import { until } from '../../../support/until.js';
import { INTERNAL_PORT, LOOPBACK, MapperScene, NONCE } from './mapper-scene.js';
import { EXTERNAL, UdpRouter } from './udp-router.js';
import { UpnpRouter } from './upnp-router.js';

const CHECK_MS = 300_000;
const PCP = { pcp: true, natPmp: false };
const NAT_PMP = { pcp: false, natPmp: true };
const BOTH = { pcp: true, natPmp: true };
const mappedBy = (by: string, port = INTERNAL_PORT) => ({ kind: 'mapped', by, host: EXTERNAL, port });

describe('the port mapper', () => {
  for (const [protocol, speaks, unmapped] of [
    ['pcp', PCP, `pcp map ${INTERNAL_PORT} ${INTERNAL_PORT} 0`],
    ['nat-pmp', NAT_PMP, `nat-pmp map ${INTERNAL_PORT} 0 0`],
  ] as const) {
    it(`maps a port by ${protocol}, and deletes the mapping when it closes`, async () => {
      using router = await UdpRouter.open(speaks);
      await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
      assert.deepEqual(await scene.mapped(), mappedBy(protocol));
      assert.deepEqual(
        scene.states.map(({ kind }) => kind),
        ['asking', 'mapped'],
      );
      assert.equal(router.table.get(INTERNAL_PORT)?.leaseSeconds, 7200);
      await scene.mapper.close();
      await scene.mapper.close();
      assert.equal(router.table.size, 0);
      assert.equal(router.asked.at(-1), unmapped);
      assert.deepEqual(scene.clock.waits, []);
    });

    it(`renews by ${protocol} at half of the lifetime, and names the internal port where the external one is another`, async () => {
      using router = await UdpRouter.open(speaks);
      router.table.set(INTERNAL_PORT, { client: '127.0.0.9', port: 1, leaseSeconds: 9 });
      router.mostSeconds = 400;
      await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
      assert.deepEqual(await scene.mapped(), mappedBy(protocol, INTERNAL_PORT + 1));
      const before = router.asked.length;
      await scene.clock.passOnceWaited(200_000);
      await until(() => router.asked.at(-1) === `${protocol} map ${INTERNAL_PORT} ${INTERNAL_PORT + 1} 7200`);
      await scene.clock.passOnceWaited(200_000);
      await until(() => router.asked.filter((what) => what.includes(' map ')).length === 3);
      assert.equal(router.table.size, 2, 'a renewal adds nothing to the table');
      assert.ok(router.asked.length > before);
      assert.equal(scene.states.length, 2, 'a renewal changes nothing');
    });

    it(`maps anew by ${protocol} when the router has restarted`, async () => {
      using router = await UdpRouter.open(speaks);
      await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
      await scene.mapped();
      router.table.clear();
      router.epochSeconds = 3;
      router.external = '21.0.0.2';
      await scene.clock.passOnceWaited(CHECK_MS);
      await until(() => scene.states.length === 3);
      assert.deepEqual(scene.mapper.state, { ...mappedBy(protocol), host: '21.0.0.2' });
      assert.equal(router.table.get(INTERNAL_PORT)?.port, INTERNAL_PORT);
    });

    it(`looks at a mapping by ${protocol} that is held, and changes nothing`, async () => {
      using router = await UdpRouter.open(speaks);
      await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
      await scene.mapped();
      router.epochSeconds += CHECK_MS / 1000;
      const before = router.asked.length;
      await scene.clock.passOnceWaited(CHECK_MS);
      await until(() => router.asked.length === before + 1 && scene.clock.waits.includes(CHECK_MS));
      assert.doesNotMatch(router.asked.at(-1) ?? '', / map /);
    });

    it(`says by ${protocol} that the router refuses`, async () => {
      using router = await UdpRouter.open(speaks);
      router.refusal = 2;
      await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
      scene.mapper.start(INTERNAL_PORT);
      const state = await scene.next('none');
      assert.ok(state.kind === 'none' && state.fault === 'refused' && state.why.includes('not authorized'), state.kind);
    });

    for (const external of ['10.9.8.7', '100.64.3.2', '0.0.0.0', '203.0.113.5']) {
      it(`does not announce ${external} by ${protocol}, and leaves no mapping there`, async () => {
        using router = await UdpRouter.open(speaks);
        router.external = external;
        await using scene = new MapperScene({ protocols: [protocol], mapping: router.port });
        scene.mapper.start(INTERNAL_PORT);
        const state = await scene.next('none');
        assert.ok(state.kind === 'none' && state.fault === 'double-nat' && state.why.includes(external));
        assert.equal(router.table.size, 0);
        const hasMapped = router.asked.some((what) => what.includes(' map '));
        assert.equal(hasMapped, protocol === 'pcp', 'only PCP tells the address together with the mapping');
      });
    }
  }

  it('tells by PCP that another router is in between', async () => {
    using router = await UdpRouter.open(PCP);
    router.refusal = 12;
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    scene.mapper.start(INTERNAL_PORT);
    const state = await scene.next('none');
    assert.ok(state.kind === 'none' && state.fault === 'double-nat');
  });

  it('keeps the mapping when it is started with the same port again', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await scene.mapped();
    const before = router.asked.length;
    scene.mapper.start(INTERNAL_PORT);
    await until(() => router.asked.length > before && scene.clock.waits.includes(CHECK_MS));
    assert.deepEqual(router.asked.slice(before), ['pcp announce']);
  });

  it('asks by all protocols, maps by the first that answers, and leaves nothing behind of the others', async () => {
    using router = await UdpRouter.open(BOTH);
    await using upnp = await UpnpRouter.open();
    await using scene = new MapperScene({ mapping: router.port, ssdp: upnp.ssdp });
    await scene.mapped();
    assert.equal(router.table.size + upnp.table.size, 1);
    const maps = [...router.asked, ...upnp.asked].filter((what) => / map |AddPortMapping/.test(what));
    assert.equal(maps.length, 1);
  });

  it('takes the next protocol if the first one refuses', async () => {
    using router = await UdpRouter.open(BOTH);
    router.refusal = 2;
    await using upnp = await UpnpRouter.open();
    await using scene = new MapperScene({ mapping: router.port, ssdp: upnp.ssdp });
    assert.deepEqual(await scene.mapped(), mappedBy('upnp'));
  });

  it('says so if no protocol is answered, and tries again later, each time after a longer wait', async () => {
    await using upnp = await UpnpRouter.open();
    upnp.locations = ['nothing'];
    using router = await UdpRouter.open({ pcp: false, natPmp: false });
    await using scene = new MapperScene({ mapping: router.port, ssdp: upnp.ssdp });
    scene.mapper.start(INTERNAL_PORT);
    for (const ms of [250, 500, 1000, 2000, 4000, 6000, 60_000]) await scene.clock.passOnceWaited(ms);
    const state = await scene.next('none');
    assert.ok(state.kind === 'none' && state.fault === 'no-answer' && state.why.includes('UPnP'));
    router.speaks.natPmp = true;
    assert.deepEqual(await scene.next('mapped'), mappedBy('nat-pmp'));
    assert.deepEqual(
      scene.states.map(({ kind }) => kind),
      ['asking', 'none', 'mapped'],
      'a repeated try is no news',
    );
  });

  it('says so if there is no router', async () => {
    await using scene = new MapperScene({});
    scene.route = new PortMapError('no-router', 'No router.');
    scene.mapper.start(INTERNAL_PORT);
    assert.deepEqual(await scene.next('none'), { kind: 'none', fault: 'no-router', why: 'No router.' });
    await scene.clock.passOnceWaited(60_000);
    await scene.clock.passOnceWaited(120_000);
  });

  it('bears any error of what it calls', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    scene.route = new TypeError('unforeseen');
    scene.mapper.start(INTERNAL_PORT);
    await scene.next('none');
    scene.route = LOOPBACK;
    await scene.clock.passOnceWaited(60_000);
    assert.deepEqual(await scene.next('mapped'), mappedBy('pcp'));
  });

  it('searches anew when the router refuses a renewal', async () => {
    using router = await UdpRouter.open(BOTH);
    await using scene = new MapperScene({ protocols: ['pcp', 'nat-pmp'], mapping: router.port });
    await scene.mapped();
    router.epochSeconds = 1;
    router.refusal = 4;
    await scene.clock.passOnceWaited(CHECK_MS);
    const state = await scene.next('none');
    assert.ok(state.kind === 'none' && state.fault === 'refused');
  });

  it('maps another port when it is started again, and deletes the former mapping', async () => {
    using router = await UdpRouter.open(NAT_PMP);
    await using scene = new MapperScene({ protocols: ['nat-pmp'], mapping: router.port });
    await scene.mapped();
    const seen = scene.states.length;
    scene.mapper.start(30_000);
    scene.mapper.networkChanged(); // does not take the start's place
    await until(() => scene.states.length > seen + 1);
    assert.deepEqual(await scene.next('mapped'), mappedBy('nat-pmp', 30_000));
    assert.deepEqual([...router.table.keys()], [30_000]);
  });

  it('leaves no mapping behind when it closes before the answer', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    const answer = router.answer;
    router.answer = (packet, to) => {
      if (packet.length === 24 || packet.readUInt32BE(4) === 0) answer(packet, to);
    };
    scene.mapper.start(INTERNAL_PORT);
    await until(() => router.table.size === 1);
    await scene.mapper.close();
    assert.equal(router.table.size, 0);
    assert.deepEqual(scene.clock.waits, []);
  });

  it('closes in a bounded time at a router that has gone', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await scene.mapped();
    router.speaks.pcp = false;
    const closed = scene.mapper.close();
    await scene.clock.passOnceWaited(1500);
    await closed;
    assert.deepEqual(scene.clock.waits, []);
    scene.mapper.start(INTERNAL_PORT);
    scene.mapper.networkChanged();
    assert.deepEqual(scene.clock.waits, [], 'a closed mapper does nothing');
    assert.equal(scene.mapper.state.kind, 'none');
  });

  it('takes over the mapping of a process that crashed, by the same nonce', async () => {
    using router = await UdpRouter.open(PCP);
    await using crashed = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await crashed.mapped();
    await using stranger = new MapperScene({ protocols: ['pcp'], mapping: router.port, nonce: Buffer.alloc(12, 8) });
    stranger.mapper.start(INTERNAL_PORT);
    await stranger.next('none');
    await using next = new MapperScene({ protocols: ['pcp'], mapping: router.port, nonce: NONCE });
    assert.deepEqual(await next.mapped(), mappedBy('pcp'));
    assert.equal(router.table.size, 1);
  });

  it('refuses a nonce of another length', () => {
    assert.throws(() => new MapperScene({ nonce: Buffer.alloc(11) }), RangeError);
  });
});
