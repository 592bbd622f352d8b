import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { EngineCommand, EngineEvent } from '../../../sdk/engine/messages.js';
import { PieceBuffers } from '../../../sdk/engine/storage/disk-workers/piece-buffers.js';
import { TransferEngine } from '../../../sdk/engine/transfer-engine.js';
import { createTlsIdentity } from '../../../sdk/identity/index.js';
import { PIECE_BYTES, type Source } from '../../../sdk/protocol/index.js';
import { Line } from '../../support/line.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { localDisk } from './local-thread.js';
import { Bench, GROUP } from './support.js';

/**
 * Combines everything that can delay pieces on real connections: super-seeding, upload slots, piece memory, limits, sequential order,
 * renewed tickets, slow lines and pauses. As long as a connected source has missing pieces, pieces must be verified.
 */

const RUNS = 8;
const MAX_PIECES = 24;
/** A run has stalled if no piece is verified for this long. The slowest line and the lowest limit deliver a piece in a quarter of it. */
const STILL_MS = 20_000;

/** A line without delay. */
const UNBOUNDED = { upBytesPerSecond: Infinity, downBytesPerSecond: Infinity, latencyMs: 0 };
const FAST = new Line(UNBOUNDED);

const happening = fc.record({
  /** The percentage of all data that is verified when it happens. */
  at: fc.integer({ min: 0, max: 95 }),
  what: fc.constantFrom('pause', 'resume', 'ticket', 'read', 'sequential', 'limit', 'unlimited', 'reset'),
  leecher: fc.nat(1),
  file: fc.nat(4),
});

const situation = fc.record({
  pieces: fc.array(fc.integer({ min: 1, max: MAX_PIECES }), { minLength: 1, maxLength: 5 }),
  /** The files of each additional seed. The first seed has all files. */
  others: fc.array(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), { maxLength: 2 }),
  leechers: fc.integer({ min: 1, max: 2 }),
  slots: fc.constantFrom(1, 3, 8, 16, 64),
  uploadLimit: fc.constantFrom(undefined, undefined, 15e6, 40e6),
  lineBytesPerSecond: fc.constantFrom(Infinity, Infinity, 15e6),
  happenings: fc.array(happening, { maxLength: 6 }),
});

type Situation = typeof situation extends fc.Arbitrary<infer T> ? T : never;

describe('downloads at once', () => {
  it('go on, whatever holds pieces back, as long as somebody has what is missing', async () => {
    await fc.assert(
      fc.asyncProperty(situation, async (drawn) => {
        const scene = await Scene.open(drawn);
        try {
          await scene.run();
        } finally {
          await scene.close();
        }
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 45_000, markInterruptAsFailure: false, endOnFailure: true },
    );
  }).timeout(90_000);
});

interface SharedFile {
  readonly path: string;
  readonly manifest: Uint8Array;
  readonly pieces: number;
}

class Member {
  readonly engine: TransferEngine;
  readonly sources: Source[] = [];
  onEvent: (event: EngineEvent) => void = () => {};
  deviceId = '';
  port = 0;

  constructor(slots: number, bench: Bench) {
    this.engine = new TransferEngine((event) => this.onEvent(event), {
      buffers: new PieceBuffers(slots),
      transport: (identity) => bench.transportOf(identity),
      disk: localDisk,
    });
  }

  async start(bench: Bench): Promise<void> {
    const identity = await createTlsIdentity('test');
    this.deviceId = identity.id;
    this.onEvent = (event) => {
      if (event.type === 'listening') this.port = event.port;
    };
    await this.tell({ type: 'start', identity, host: '127.0.0.1', port: 0 });
    await this.tell({ type: 'trust', ticketKeys: bench.office.publicKeys, isLoopback: true });
    await this.tell({ type: 'trackerTime', nowMs: Date.now() });
    await this.tell({ type: 'groups', groups: [{ groupId: GROUP, epoch: 0 }] });
  }

  async renewTicket(bench: Bench): Promise<void> {
    await this.tell({ type: 'ticket', groupId: GROUP, ticket: await bench.office.sign(this.deviceId) });
  }

  tell(command: EngineCommand): Promise<void> {
    return this.engine.handle(command);
  }
}

class Leecher extends Member {
  readonly done = new Map<number, number>();
  readonly paused = new Set<number>();
  readonly finished = new Set<number>();
}

class Scene {
  readonly #bench: Bench;
  readonly #seeds: Member[] = [];
  readonly #leechers: Leecher[] = [];
  readonly #files: SharedFile[] = [];
  /** Ends a run: all downloads are complete, one failed, or the run has stalled. */
  #onEnd: (error?: Error) => void = () => {};
  #watch: NodeJS.Timeout | undefined;
  #happenings: Situation['happenings'];
  #turn = Promise.resolve();
  #verified = 0;

  private constructor(drawn: Situation) {
    const slow = new Line({ ...UNBOUNDED, upBytesPerSecond: drawn.lineBytesPerSecond });
    const lineOf = (deviceId: string) => (deviceId === this.#seeds[0]?.deviceId ? slow : FAST);
    const network = new MemoryNetwork(drawn.lineBytesPerSecond < Infinity ? { lineOf } : {});
    this.#bench = new Bench({ network });
    this.#happenings = drawn.happenings.toSorted((a, b) => a.at - b.at);
  }

  static async open(drawn: Situation): Promise<Scene> {
    const scene = new Scene(drawn);
    const bench = scene.#bench;
    const seeds = [drawn.pieces.map(() => true), ...drawn.others];
    for (const [index, pieces] of drawn.pieces.entries()) {
      const path = bench.file(`file-${index}`, pieces * PIECE_BYTES - index);
      const { manifest } = await bench.hash(path);
      scene.#files.push({ path, manifest, pieces });
    }
    for (const holds of seeds) {
      const seed = new Member(drawn.slots, bench);
      await seed.start(bench);
      await seed.tell({
        type: 'limits',
        downloadBytesPerSecond: undefined,
        uploadBytesPerSecond: drawn.uploadLimit,
      });
      scene.#seeds.push(seed);
      for (const [index, file] of scene.#files.entries()) {
        if (!holds[index]) continue;
        const { manifest, stamp } = await bench.hash(file.path);
        await seed.tell({ type: 'serve', groupId: GROUP, manifest, path: file.path, stamp });
      }
    }
    for (let count = 0; count < drawn.leechers; count++) {
      const leecher = new Leecher(drawn.slots, bench);
      await leecher.start(bench);
      await leecher.renewTicket(bench);
      leecher.onEvent = (event) => scene.#onEvent(leecher, event);
      scene.#leechers.push(leecher);
    }
    return scene;
  }

  async run(): Promise<void> {
    const ended = new Promise<void>((resolve, reject) => {
      this.#onEnd = (error) => (error ? reject(error) : resolve());
    });
    this.#progressed();
    this.#inTurn(async () => {
      for (const leecher of this.#leechers) for (const index of this.#files.keys()) await this.#begin(leecher, index);
    });
    await ended;
    for (const [number] of this.#leechers.entries())
      for (const [index, { path }] of this.#files.entries())
        assert.ok(readFileSync(this.#out(number, index)).equals(readFileSync(path)));
  }

  async close(): Promise<void> {
    clearTimeout(this.#watch);
    await this.#turn;
    await Promise.all([...this.#leechers, ...this.#seeds].map((member) => member.tell({ type: 'close' })));
    await this.#bench.close();
  }

  #out(leecher: number, file: number): string {
    return join(this.#bench.folder, `leecher-${leecher}-file-${file}`);
  }

  async #begin(leecher: Leecher, index: number): Promise<void> {
    const file = this.#files[index];
    if (!file) return;
    const finalPath = this.#out(this.#leechers.indexOf(leecher), index);
    const { manifest } = file;
    const order = { downloadId: index, groupId: GROUP, manifest, finalPath, overwrite: false };
    const started = leecher.tell({ type: 'download', ...order });
    for (const member of [...this.#seeds, ...this.#leechers]) {
      if (member === leecher) continue;
      await leecher.tell({ type: 'sourceCame', downloadId: index, source: this.#sourceOf(member) });
    }
    await started;
  }

  #sourceOf(member: Member): Source {
    const { deviceId, port } = member;
    return { deviceId, userId: deviceId.slice(0, 8), host: '127.0.0.1', port, complete: false };
  }

  #onEvent(leecher: Leecher, event: EngineEvent): void {
    if (event.type === 'downloadProgress') this.#count(leecher, event.downloadId, event.donePieces);
    else if (event.type === 'downloadDone') {
      this.#count(leecher, event.downloadId, this.#files[event.downloadId]?.pieces ?? 0);
      leecher.finished.add(event.downloadId);
      if (this.#leechers.every(({ finished }) => finished.size === this.#files.length)) this.#onEnd();
      else this.#inTurn(() => this.#resumeIfAllPaused());
    } else if (event.type === 'downloadFailed') this.#onEnd(new Error(`${event.code}: ${event.message}`));
    else if (event.type === 'ticketRefused') void leecher.renewTicket(this.#bench);
  }

  #count(leecher: Leecher, file: number, pieces: number): void {
    const more = pieces - (leecher.done.get(file) ?? 0);
    if (more <= 0) return;
    leecher.done.set(file, pieces);
    this.#verified += more;
    this.#progressed();
    const all = this.#leechers.length * this.#files.reduce((sum, one) => sum + one.pieces, 0);
    while (this.#happenings[0] && this.#happenings[0].at * all <= 100 * this.#verified) {
      const [next] = this.#happenings.splice(0, 1);
      if (next) this.#inTurn(() => this.#happen(next));
    }
  }

  #progressed(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.#onEnd(new Error(`nothing goes on at ${JSON.stringify(this.#leechers.map(({ done }) => [...done]))}`));
    }, STILL_MS);
  }

  /** Runs changes one after the other: a download resumes only after its pause has ended. */
  #inTurn(change: () => Promise<void>): void {
    this.#turn = this.#turn.then(change).catch(this.#onEnd);
  }

  /** Resumes all downloads if none runs although some are incomplete. */
  async #resumeIfAllPaused(): Promise<void> {
    if (!this.#leechers.every(({ paused, finished }) => paused.size + finished.size >= this.#files.length)) return;
    for (const leecher of this.#leechers) for (const file of leecher.paused) await this.#resume(leecher, file);
  }

  async #resume(leecher: Leecher, file: number): Promise<void> {
    if (leecher.paused.delete(file)) await this.#begin(leecher, file);
  }

  async #happen({ what, leecher: number, file }: Situation['happenings'][number]): Promise<void> {
    const leecher = this.#leechers[number % this.#leechers.length];
    const index = file % this.#files.length;
    if (!leecher || leecher.finished.has(index)) return;
    switch (what) {
      case 'pause':
        if (leecher.paused.has(index)) return;
        await leecher.tell({ type: 'stopDownload', downloadId: index });
        if (!leecher.finished.has(index)) leecher.paused.add(index);
        return this.#resumeIfAllPaused();
      case 'resume':
        return this.#resume(leecher, index);
      case 'ticket':
        return leecher.renewTicket(this.#bench);
      case 'read':
        return leecher.tell({ type: 'readAhead', downloadId: index, readerId: 1, first: 0, end: 1 });
      case 'sequential':
        return leecher.tell({ type: 'pace', downloadId: index, sequential: true });
      case 'limit':
        return leecher.tell({ type: 'limits', downloadBytesPerSecond: 15e6, uploadBytesPerSecond: undefined });
      case 'unlimited':
        return leecher.tell({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond: undefined });
      case 'reset':
        this.#bench.network.resetStreamsOf(this.#seeds[0]?.deviceId ?? '');
    }
  }
}
