import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isErrorCode, type ShoalClient, ShoalError } from '../../../sdk/index.js';
import { hasCode, Lab, nextEvent, sha1Of } from './support.js';

const MIB = 1 << 20;

describe('what a client has handed out', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let out: string;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob({ limits: { downloadsAtOnce: 3 } });
    out = lab.subfolder('out');
  });
  afterEach(() => lab.close());

  /** All kinds of promises, none of them settled. */
  async function begin() {
    const folder = lab.subfolder('tree');
    for (const name of ['a', 'b', 'c', 'd']) lab.file(join('tree', name), 2 * MIB);
    const gone = lab.file('gone', MIB);
    const carol = await lab.signedIn('carol');
    await lab.group('other', carol, bob);
    await carol.shareFile(gone, 'other');
    await carol.close();
    await alice.shareFolder(folder, 'lab');
    bob.setLimits({ downloadBytesPerSecond: 2000 });
    const whole = bob.downloadFolder('lab', 'tree', `${join(out, 'whole')}`);
    const resting = bob.downloadFolder('lab', 'tree', `${join(out, 'resting')}`);
    await Promise.all([whole.started, resting.started]);
    await resting.pause();
    const fetch = (name: string) => bob.downloadFile('lab', `tree/${name}`, join(out, name));
    const without = bob.downloadFile('other', 'gone', join(out, 'gone'));
    await nextEvent(bob, 'downloadChanged', (one) => one === without && one.state.name === 'waiting');
    const underWay = fetch('a');
    await underWay.started;
    const [paused, starting, queued] = [fetch('b'), fetch('c'), fetch('d')];
    await paused.pause();
    const large = join(lab.folder, 'large');
    writeFileSync(large, '');
    truncateSync(large, 512 * MIB);
    mkdirSync(join(lab.folder, 'more'));
    for (let index = 0; index < 300; index++) lab.file(join('more', `f${index}`), 1000);
    const downloads = [without, underWay, paused, starting, queued];
    const promises = {
      ...Object.fromEntries(downloads.map(({ done, state }, index) => [`download ${index}, ${state.name}`, done])),
      ...{ 'start of one that waits its turn': queued.started, folder: whole.done, 'folder that rests': resting.done },
      stream: buffer(underWay.createReadStream()),
      'file being shared': bob.shareFile(large, 'lab'),
      'folder being shared': bob.shareFolder(join(lab.folder, 'more'), 'lab'),
      call: bob.listFiles('lab'),
    };
    return { downloads, folders: [whole, resting], promises };
  }

  /** How each promise ended: a code, or `done`. */
  async function endsOf(promises: Readonly<Record<string, Promise<unknown>>>): Promise<Record<string, string>> {
    const ends = Object.entries(promises).map(async ([name, promise]) => {
      const end = await promise.then(
        () => 'done',
        (error: unknown) => (error instanceof ShoalError && isErrorCode(error.code) ? error.code : String(error)),
      );
      return [name, end] as const;
    });
    return Object.fromEntries(await Promise.all(ends));
  }

  for (const how of ['close', 'logout'] as const) {
    it(`settles with a code at ${how}, and is taken up at the next sign-in`, async () => {
      const { downloads, folders, promises } = await begin();
      const ends = endsOf(promises);
      await bob[how]();
      const { call, ...others } = await ends;
      assert.deepEqual(new Set(Object.values(others)), new Set(['ABORTED']), JSON.stringify(others));
      assert.match(call ?? '', /^(done|ABORTED|CLOSED|DISCONNECTED)$/);

      const library = readFileSync(join(lab.folder, 'bob', 'library.journal'), 'utf8');
      for (const one of [...downloads, ...folders]) {
        assert.equal(one.state.name, 'paused');
        one.resume();
        await one.pause();
        assert.equal(one.state.name, 'paused', 'nothing comes of it any more');
        const done: Promise<unknown> = one.done;
        await assert.rejects(done, hasCode('ABORTED'));
        await assert.rejects(one.cancel(), hasCode('ABORTED'));
      }
      await assert.rejects(downloads[0]?.setLimit(5000) ?? Promise.resolve(), hasCode('ABORTED'));
      await assert.rejects(downloads[0]?.moveTo(0) ?? Promise.resolve(), hasCode('ABORTED'));
      assert.equal(readFileSync(join(lab.folder, 'bob', 'library.journal'), 'utf8'), library);

      const again = how === 'close' ? lab.client('bob') : bob;
      if (how === 'close') await again.connect();
      again.setLimits({ downloadBytesPerSecond: 0 });
      await again.login('bob', 'password of bob');
      const next = again.downloads().find(({ fileName }) => fileName === 'tree/a');
      assert.ok(next && !downloads.some((one) => one === next));
      next.resume();
      await next.done;
      assert.equal(sha1Of(join(out, 'a')), sha1Of(join(lab.folder, 'tree', 'a')));
    });
  }

  it('settles though it is closed while it connects', async () => {
    const silent: Socket[] = [];
    const server: Server = createServer((socket) => void silent.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const client = lab.client('dora', { tracker: { host: '127.0.0.1', port } });
    const connecting = client.connect();
    await client.close();
    await assert.rejects(connecting, (error) => error instanceof ShoalError && isErrorCode(error.code));
    for (const socket of silent) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
