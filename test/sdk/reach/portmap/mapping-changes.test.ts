import assert from 'node:assert/strict';
import { PortMapError } from '../../../../sdk/reach/portmap/index.js';
import { until } from '../../../support/until.js';
import { INTERNAL_PORT, LOOPBACK, MapperScene } from './mapper-scene.js';
import { UdpRouter } from './udp-router.js';

const CHECK_MS = 300_000;
const PCP = { pcp: true, natPmp: false };

describe('a mapped port after a change of the network', () => {
  it('keeps a mapping that the same router still has', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await scene.mapped();
    const before = router.asked.length;
    scene.mapper.networkChanged();
    await until(() => router.asked.length > before && scene.clock.waits.includes(CHECK_MS));
    assert.deepEqual(router.asked.slice(before), ['pcp announce']);
    assert.equal(scene.states.length, 2);
  });

  it('deletes the mapping and maps anew if the own address is another', async function () {
    if (process.platform !== 'linux') this.skip(); // others have no second loopback address
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await scene.mapped();
    scene.route = { ...LOOPBACK, localAddress: '127.0.0.3' };
    scene.mapper.networkChanged();
    await until(() => router.table.get(INTERNAL_PORT)?.client === '127.0.0.3');
    assert.equal(router.table.size, 1);
    await scene.next('mapped', 3);
  });

  it('does nothing before the start, and ends a wait after a failure', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    scene.mapper.networkChanged();
    scene.route = new PortMapError('no-router', 'No router.');
    scene.mapper.start(INTERNAL_PORT);
    await scene.next('none');
    scene.route = LOOPBACK;
    scene.mapper.networkChanged();
    await scene.next('mapped');
  });
});

describe('a mapped port that nobody reaches from outside', () => {
  it('deletes it and makes it anew once, and then gives up until the network changes', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await scene.mapped();
    scene.mapper.failed();
    assert.deepEqual(scene.mapper.state, { kind: 'asking' });
    await scene.next('mapped');
    assert.deepEqual(router.asked.filter((what) => what.includes(' map ')).map(secondsOf), [7200, 0, 7200]);
    scene.mapper.failed();
    assert.ok(scene.mapper.state.kind === 'none' && scene.mapper.state.fault === 'dead');
    await until(() => router.table.size === 0);
    scene.mapper.failed();
    await until(() => scene.clock.waits.length === 0);
    scene.mapper.networkChanged();
    await scene.next('mapped');
  });

  it('makes it anew again if it worked meanwhile', async () => {
    using router = await UdpRouter.open(PCP);
    await using scene = new MapperScene({ protocols: ['pcp'], mapping: router.port });
    await scene.mapped();
    for (const _round of [1, 2, 3]) {
      scene.mapper.failed();
      await scene.next('mapped');
      scene.mapper.confirmed();
    }
    assert.equal(router.table.size, 1);
  });
});

function secondsOf(what: string): number {
  return Number(what.split(' ').at(-1));
}
