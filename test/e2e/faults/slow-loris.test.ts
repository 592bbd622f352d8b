import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { LorisScene } from './loris-scene.js';
import { KINDS, type Kind, residentMib, SlowLoris } from './slow-loris.js';

/** `npm run bench -- slow-loris` measures 1,000. */
const CONNECTIONS = 100;
/** More connections than a peer accepts in total. */
const TOO_MANY = 1100;
const MOST_MIB = 25;
const FILE_BYTES = 16 * 1024 * 1024;

describe('connections that are held for nothing', function () {
  this.timeout(120_000);

  let scene: LorisScene;

  before(async function () {
    if (!existsSync('/proc/self/status')) this.skip(); // the memory of a process is read there
    scene = await LorisScene.open(FILE_BYTES);
    await scene.download(await scene.downloader()); // brings the seeder to its normal memory use
  });
  after(() => scene?.close());

  it(`${TOO_MANY} of one member do not shut out the others`, async () => {
    const { device, ticket, source } = await scene.member('greedy');
    const honest = await scene.downloader();
    const loris = await SlowLoris.hold('ticket', TOO_MANY, source, device.identity, ticket);
    try {
      await scene.download(honest);
    } finally {
      loris.close();
      device.close();
      await honest.stop();
    }
  });

  for (const kind of Object.keys(KINDS) as Kind[]) {
    it(`${CONNECTIONS} ${KINDS[kind]} cost less than ${MOST_MIB} MiB, and an honest peer gets its file`, async () => {
      const honest = await scene.downloader();
      const { device, ticket, source } = await scene.member(`loris-${kind}`);
      const before = residentMib(scene.seeder.pid);
      const loris = await SlowLoris.hold(kind, CONNECTIONS, source, device.identity, ticket);
      try {
        await scene.download(honest);
        const more = residentMib(scene.seeder.pid) - before;
        assert.ok(more < MOST_MIB, `${more.toFixed(0)} MiB more`);
      } finally {
        loris.close();
        device.close();
        await honest.stop();
      }
    });
  }
});
