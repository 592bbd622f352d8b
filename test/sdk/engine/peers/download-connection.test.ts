import assert from 'node:assert/strict';
import type { ChannelHandler, ConnectionEnd } from '../../../../sdk/engine/peers/channel-handler.js';
import type { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import { type PieceBuffer, PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import {
  decodeManifest,
  encodeFrame,
  type Frame,
  isPiece,
  type Manifest,
  PIECE_BYTES,
  pieceLength,
} from '../../../../sdk/protocol/index.js';
import { Bench, GROUP, nextEvent, type Peer } from '../support.js';
import { dialLink } from '../ways/dial-link.js';

const PIECES = 48;
const SLOTS = 8;

/** Requests all pieces from a seeder at once, and keeps them. */
class Hoarder {
  readonly buffers = new PieceBuffers(SLOTS);
  readonly #manifest: Manifest;
  readonly #hoard: PieceBuffer[] = [];
  readonly got = new Set<number>();
  #onGot = (): void => {};
  #link: DownloadConnection | undefined;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  async dial(bench: Bench, seeder: Peer): Promise<void> {
    const identity = await createTlsIdentity('hoarder');
    const ticket = await bench.office.sign(identity.id);
    const { buffers } = this;
    const link = dialLink(seeder.source, bench.transportOf(identity), buffers, ticket);
    this.#link = link;
    const handler: ChannelHandler = {
      groupId: GROUP,
      manifest: this.#manifest,
      onPieceMap: (pieces) => {
        for (const piece of pieces) link.requests.request(channel, piece);
      },
      onHave: (piece) => link.requests.request(channel, piece),
      onAnswer: () => {},
      onBytes: () => {},
      onPiece: (piece, buffer) => {
        const { bytes } = buffer;
        assert.ok(isPiece(this.#manifest, piece, bytes.subarray(0, pieceLength(this.#manifest, piece))));
        this.got.add(piece);
        this.buffers.count(1);
        this.#hoard.push(buffer);
        this.#onGot();
      },
      onClosed: () => {},
    };
    const channel = link.open(handler);
  }

  /** Resolves once `count` pieces have arrived. */
  has(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onGot = () => {
        if (this.got.size >= count) resolve();
      };
      this.#onGot();
    });
  }

  giveBackAll(): void {
    for (const buffer of this.#hoard.splice(0)) {
      this.buffers.giveBack(buffer);
      this.buffers.count(-1);
    }
  }

  hangUp(): void {
    this.#link?.destroy();
  }
}

/** Resolves once a peer's upload total stays the same over two further reports. */
async function stillness(peer: Peer): Promise<void> {
  let last = -1;
  let still = 0;
  while (still < 2) {
    const { uploads } = await nextEvent(peer, 'uploads');
    const bytes = uploads.reduce((sum, upload) => sum + upload.bytes, 0);
    still = bytes === last ? still + 1 : 0;
    last = bytes;
  }
}

describe('a connection to a source', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  it('puts pieces where they are gathered, and waits with the next while those that came are not checked', async () => {
    const seeder = await bench.peer();
    const manifest = decodeManifest(await bench.serve(seeder, bench.file('source', PIECES * PIECE_BYTES - 5)));
    const hoarder = new Hoarder(manifest);
    await hoarder.dial(bench, seeder);
    await hoarder.has(1);
    await stillness(seeder);
    assert.ok(hoarder.got.size < PIECES, `${hoarder.got.size} pieces came`);
    const rest = hoarder.has(PIECES);
    const timer = setInterval(() => hoarder.giveBackAll(), 1);
    await rest;
    clearInterval(timer);
    hoarder.giveBackAll();
    assert.equal(hoarder.buffers.free, SLOTS);
    hoarder.hangUp();
  });

  for (const [what, frameOf] of [
    ['PONG', () => ({ type: 'pong', nonce: 1 })],
    ['REFUSED', () => ({ type: 'refused', channel: 77, code: 'FILE_NOT_FOUND' })],
    ['PIECE_MAP', () => ({ type: 'pieceMap', channel: 77, pieceCount: 8000, bits: new Uint8Array(1000) })],
  ] as [string, () => Frame][]) {
    it(`ends where the source floods it with ${what}`, async () => {
      const identity = await createTlsIdentity('flooder');
      const lot = Buffer.concat(Array.from({ length: 10_000 }, () => encodeFrame(frameOf())));
      const listener = await bench.transportOf(identity).listen('127.0.0.1', 0, (stream) => {
        let isOver = false;
        const flood = () => {
          if (!isOver) stream.writeAlone(lot, flood);
        };
        const onClosed = () => {
          isOver = true;
        };
        stream.start({ idleTimeoutMs: 60_000, onBytes: flood, onIdle: () => {}, onClosed });
      });
      const { host, port } = listener;
      const source = { deviceId: identity.id, userId: 'flooder', host, port, complete: true };
      const manifest = decodeManifest(await bench.serve(await bench.peer(), bench.file('source', 10)));
      const victim = bench.transportOf(await createTlsIdentity('victim'));
      const link = dialLink(source, victim, new PieceBuffers(SLOTS), 'a ticket');
      const reason = await new Promise<ConnectionEnd>((resolve) => {
        const [onPieceMap, onHave, onAnswer, onBytes, onPiece] = [() => {}, () => {}, () => {}, () => {}, () => {}];
        const hears = { onPieceMap, onHave, onAnswer, onBytes, onPiece, onClosed: resolve };
        link.open({ groupId: GROUP, manifest, ...hears });
      });
      assert.ok(reason.kind === 'lost' && reason.message.includes('floods'));
      listener.close();
    });
  }
});
