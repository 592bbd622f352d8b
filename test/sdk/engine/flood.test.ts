import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTlsIdentity } from '../../../sdk/identity/index.js';
import { decodeManifest, encodeFrame, type Frame, PIECE_BYTES } from '../../../sdk/protocol/index.js';
import { RawRequester } from './raw-requester.js';
import { Bench, finished, GROUP, type Peer } from './support.js';

const PIECES = 40;
const BLOCK = { channel: 1, piece: 0, offset: 0, length: 1 };

describe('those who ask too much of a server', () => {
  let bench: Bench;
  let seeder: Peer;
  let manifest: Uint8Array;
  let manifestId: string;
  let path: string;
  beforeEach(async () => {
    bench = new Bench();
    seeder = await bench.peer();
    path = bench.file('source', PIECES * PIECE_BYTES);
    manifest = await bench.serve(seeder, path);
    manifestId = decodeManifest(manifest).id;
  });
  afterEach(() => bench.close());

  /** A member that presents a valid ticket on each connection. */
  async function member(): Promise<{ ticket: string; enter: () => Promise<RawRequester> }> {
    const identity = await createTlsIdentity('mallory');
    const ticket = await bench.office.sign(identity.id, { sub: 'mallory' });
    const enter = async () => {
      const requester = await RawRequester.connect(seeder.source, bench.transportOf(identity));
      requester.send({ type: 'ticket', ticket });
      return requester;
    };
    return { ticket, enter };
  }

  function open(channel: number, id = manifestId): Frame {
    return { type: 'open', channel, manifestId: id, groupId: GROUP };
  }

  /** Whether a requester with a ticket gets an answer, rather than a rejection. */
  async function isLetIn(requester: RawRequester): Promise<boolean> {
    const answered = requester.hearsFrame(({ type }) => type === 'pong');
    requester.send({ type: 'ping', nonce: 1 });
    const isAnswered = await answered.then(
      () => true,
      () => false,
    );
    requester.close();
    return isAnswered;
  }

  it('are read no faster than their budget allows, and not at all when they come anew; whoever is honest is served', async () => {
    const { ticket, enter } = await member();
    const flooder = await enter();
    flooder.send(open(1));
    await flooder.hears();
    const round: Frame[] = [
      { type: 'want', channel: 1, piece: 0, count: PIECES },
      { type: 'request', ...BLOCK },
      { type: 'cancel', ...BLOCK },
      open(2),
      { type: 'close', channel: 2 },
      open(3, 'ab'.repeat(32)),
      { type: 'close', channel: 4 },
    ];
    let isAnswered = false;
    flooder.onFrame = (frame) => (isAnswered ||= frame.type === 'pong' && frame.nonce === 7);
    const lot = Buffer.concat(
      [...Array.from({ length: 100 }, () => round).flat(), { type: 'ticket', ticket } as const].map(encodeFrame),
    );
    for (let lots = 0; lots < 400; lots++) flooder.sendRaw(lot); // forty seconds of allowance
    flooder.send({ type: 'ping', nonce: 7 });
    const leecher = await bench.peer();
    const out = join(bench.folder, 'out');
    await finished(leecher, await bench.download(leecher, manifest, out, [seeder.source]));
    assert.ok(readFileSync(out).equals(readFileSync(path)));
    assert.ok(!isAnswered);
    while (await isLetIn(await enter())); // until the flood has used up its allowance
    flooder.close();
  });

  it('hear nothing, and are cut off, where they say anything before they showed a ticket', async () => {
    const stranger = await RawRequester.connect(seeder.source, bench.transportOf(await createTlsIdentity('stranger')));
    stranger.send({ type: 'close', channel: 1 });
    await stranger.hungUp();
    assert.equal(stranger.receivedBytes, 0);
  });

  it('may open one content a few times at once, and a bounded number of files on all their connections', async () => {
    const small = decodeManifest(await bench.serve(seeder, bench.file('small', 10))).id;
    const { enter } = await member();
    const answersTo = async (opens: Frame[]): Promise<string[]> => {
      const requester = await enter();
      const answers: string[] = [];
      const all = requester.hearsFrame((frame) => {
        if (frame.type === 'refused') answers.push(frame.code);
        else if (frame.type === 'pieceMap') answers.push('open');
        return frame.type === 'pong';
      });
      requester.send(...opens, { type: 'ping', nonce: 1 });
      await all;
      return answers;
    };
    const large = await answersTo(Array.from({ length: 100 }, (_, channel) => open(channel)));
    assert.equal(large.filter((answer) => answer === 'open').length, 16);
    assert.equal(large.filter((answer) => answer === 'RATE_LIMITED').length, 84);
    const files = Array.from({ length: 1024 }, (_, channel) => open(channel, small));
    assert.ok((await answersTo(files)).every((answer) => answer === 'open'));
    const more = await answersTo(files);
    assert.equal(more.filter((answer) => answer === 'open').length, 1024 - 16);
  });
});
