import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { MissedEvents } from '../../../../sdk/client/tracker/missed-events.js';
import { createManifest, encodeManifest } from '../../../../sdk/protocol/index.js';
import { RawClient } from '../../../tracker/raw-client.js';
import { Lab, nextEvent } from '../support.js';

describe('events that were missed', () => {
  it('have everything read anew at once, and once more for what is missed meanwhile', async () => {
    const read: (string | null)[][] = [];
    let goOn = (): void => {};
    const missed = new MissedEvents(async (groups) => {
      read.push([...groups]);
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }, 1);
    const all = missed.add('a');
    for (const group of ['b', null, 'b', 'c']) void missed.add(group);
    assert.deepEqual(read, [['a']]);
    goOn();
    while (read.length < 2) await nextLoop();
    assert.deepEqual(read, [['a'], ['b', null, 'c']]);
    goOn();
    await all;
    void missed.add('d');
    assert.deepEqual(read.at(-1), ['d'], 'and again at the next word');
    goOn();
  });

  it('are read anew at the next word where it failed', async () => {
    let reads = 0;
    const missed = new MissedEvents(() => {
      reads++;
      return Promise.reject(new Error('away'));
    }, 1);
    for (let time = 0; time < 2; time++) await assert.rejects(missed.add('a'), /away/);
    assert.equal(reads, 2);
  });
});

describe('a client that is told that it missed events', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
  });
  afterEach(async () => {
    await lab.close();
    line?.close();
  });

  let line: Server | undefined;

  /** A line to the tracker that can be stopped; where it begins. */
  async function stoppableLine(): Promise<{ port: number; upstreams: Socket[] }> {
    const upstreams: Socket[] = [];
    line = createServer((client) => {
      const upstream = connect({ host: lab.tracker.host, port: lab.tracker.port });
      upstreams.push(upstream);
      upstream.on('data', (chunk) => client.write(chunk)).on('error', () => {});
      upstream.on('close', () => client.destroy());
      client.on('data', (chunk) => upstream.write(chunk)).on('error', () => {});
      client.on('close', () => upstream.destroy());
    }).listen(0, '127.0.0.1');
    await once(line, 'listening');
    return { port: (line.address() as AddressInfo).port, upstreams };
  }

  it('stays connected, finds out what they told, and says so', async () => {
    const { port, upstreams } = await stoppableLine();
    const alice = await lab.signedIn('alice', { tracker: { host: '127.0.0.1', port } });
    const lost: unknown[] = [];
    alice.on('disconnected', (event) => lost.push(event));
    await alice.createGroup('lab');
    const bob = await (await RawClient.open(lab.tracker.url)).signUp('bob');
    const joined = nextEvent(alice, 'membershipChanged');
    await bob.call('joinGroup', { groupId: 'lab' });
    await alice.acceptRequest('lab', 'bob');
    await joined;

    const missed = nextEvent(alice, 'missed');
    const digest = createHash('sha1').digest();
    const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    const inline = Buffer.from(encodeManifest(manifest)).toString('base64url');
    const folders = ['x', 'y', 'z', 'w'].map((letter) => letter.repeat(240)).join('/');
    const files = Array.from({ length: 256 }, (_, index) => ({
      ...{ fileName: `${folders}/${index}`, manifestId: manifest.id, manifest: inline },
    }));
    for (const upstream of upstreams) upstream.pause();
    // More than the systems' own buffers hold.
    for (let events = 0; events < 30; events++) await bob.call('shareFiles', { groupId: 'lab', files });
    for (const upstream of upstreams) upstream.resume();
    assert.deepEqual(await missed, { groupId: 'lab' });
    assert.deepEqual(lost, []);
    const shared = nextEvent(alice, 'filesShared', (event) => event.files.length === 1);
    await bob.call('shareFiles', { groupId: 'lab', files: files.slice(0, 1) });
    await shared;
    bob.close();
  });
});
