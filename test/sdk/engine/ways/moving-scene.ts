import assert from 'node:assert/strict';
import type { ChannelHandler } from '../../../../sdk/engine/peers/channel-handler.js';
import { DownloadConnection } from '../../../../sdk/engine/peers/download-connection.js';
import { PieceBuffers } from '../../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import type { SearchCallbacks, SearchOrder } from '../../../../sdk/engine/ways/route-search.js';
import { type Manifest, pieceLength, type Source } from '../../../../sdk/protocol/index.js';
import { Bitfield } from '../../../../sdk/transfer/index.js';
import { TurnClock } from '../../../support/turn-clock.js';
import { ScriptedRoute } from './scripted-route.js';

export const PIECES = 40;
const PIECE = 50;
const MANIFEST: Manifest = {
  ...{ id: 'a1'.repeat(32), algorithm: 'sha1', sizeBytes: PIECES * PIECE - 7, pieceBytes: PIECE, pieceCount: PIECES },
  ...{ fileDigest: new Uint8Array(20), pieceDigests: new Uint8Array(20 * PIECES) },
};
export const SOURCE: Source = {
  ...{ deviceId: 'd'.repeat(64), userId: 'sam', host: '198.51.100.1', port: 9000, complete: true, meets: true },
};

function contentOf(piece: number): Uint8Array {
  return new Uint8Array(pieceLength(MANIFEST, piece)).map((_zero, at) => (piece * 31 + at) % 251);
}

export function routeWith(bits = new Bitfield(PIECES).fill()): ScriptedRoute {
  return new ScriptedRoute('relay', { bits: bits.toBytes(), pieceCount: PIECES, contentOf });
}

/** The pieces that were requested on a route, or cancelled. */
export function piecesAsked(route: ScriptedRoute, type: 'request' | 'cancel' = 'request'): number[] {
  return route.frames.flatMap((frame) => (frame.type === type ? frame.piece : []));
}

/** A connection with one channel, whose searches for ways find what the test says. */
export class MovingScene {
  readonly clock = new TurnClock();
  readonly buffers = new PieceBuffers(4);
  readonly connection: DownloadConnection;
  readonly channel: number;
  search: { readonly order: SearchOrder; readonly callbacks: SearchCallbacks } | undefined;
  searches = 0;
  isEnded = false;
  /** How often each piece came. */
  readonly got = new Map<number, number>();
  readonly had: number[] = [];
  readonly closed: string[] = [];

  constructor() {
    const { clock, buffers } = this;
    this.connection = new DownloadConnection(SOURCE, 'lab', {
      ...{ clock, buffers, ticketFor: () => 'ticket', connect: () => 'auto' },
      search: (order, callbacks) => {
        this.searches++;
        this.search = { order, callbacks };
        return { announced: () => {}, destroy: () => (this.search = undefined) };
      },
      onEnd: () => {
        this.isEnded = true;
      },
    });
    this.channel = this.connection.open(this.handler());
  }

  handler(): ChannelHandler {
    return {
      ...{ groupId: 'lab', manifest: MANIFEST },
      onPieceMap: (pieces) => this.had.push(...pieces),
      onHave: (piece) => this.had.push(piece),
      onAnswer: () => {},
      onBytes: () => {},
      onPiece: (piece, buffer) => {
        assert.deepEqual(new Uint8Array(buffer.bytes.subarray(0, pieceLength(MANIFEST, piece))), contentOf(piece));
        this.got.set(piece, (this.got.get(piece) ?? 0) + 1);
        this.buffers.giveBack(buffer);
      },
      onClosed: (reason) => this.closed.push(reason.kind),
    };
  }

  /** The search under way finds this route. */
  find(route = routeWith()): ScriptedRoute {
    const found = this.search;
    this.search = undefined;
    assert.ok(found, 'it searches');
    found.callbacks.onFound(route);
    return route;
  }

  /** Another way is looked for. */
  seek(): void {
    this.connection.networkChanged(this.clock.nowMs());
    this.connection.tick(this.clock.nowMs());
  }

  tick(): void {
    this.clock.pass(1000);
    this.connection.tick(this.clock.nowMs());
  }

  /** The ways of the search under way. */
  get connectSought(): SearchOrder['connect'] | undefined {
    return this.search?.order.connect;
  }
}
