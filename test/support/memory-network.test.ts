import assert from 'node:assert/strict';
import { EventQueue } from '../sim/event-queue.js';
import { simClock } from '../sim/sim-clock.js';
import { Line } from './line.js';
import { MemoryNetwork } from './memory-network.js';
import type { MemoryStream } from './memory-stream.js';

const LINE = { upBytesPerSecond: 1e6, downBytesPerSecond: 1e6, latencyMs: 25 };
const [HOST, PORT] = ['192.0.2.1', 6000];

/** Two devices on lines, in simulated time. */
class Pair {
  readonly queue = new EventQueue();
  readonly happened: string[] = [];
  readonly near: MemoryStream;
  far: MemoryStream | undefined;

  constructor() {
    const lines = new Map([
      ['a', new Line(LINE)],
      ['b', new Line(LINE)],
    ]);
    const network = new MemoryNetwork({ clock: simClock(this.queue), lineOf: (deviceId) => lines.get(deviceId) });
    network.listenNow('b', HOST, PORT, (stream) => {
      this.far = stream;
      stream.start({
        idleTimeoutMs: 60_000,
        onBytes: (chunk) => this.#note(`far reads ${chunk.length}`),
        onIdle: () => this.#note('far is idle'),
        onClosed: (reason) => this.#note(`far: ${reason ?? 'hung up'}`),
      });
    });
    const chunk = Buffer.alloc(1e6);
    const reader = {
      onConnected: () => this.#note('connected'),
      nextRead: () => chunk,
      onRead: (count: number) => {
        this.#note(`near reads ${count}`);
        return true;
      },
      onClosed: (reason: string | undefined) => this.#note(`near: ${reason ?? 'hung up'}`),
    };
    this.near = network.dialNow('a', { deviceId: 'b', host: HOST, port: PORT }, reader);
    this.runTo(200);
  }

  runTo(ms: number): void {
    while (this.queue.step(ms));
  }

  #note(what: string): void {
    this.happened.push(`${this.queue.nowMs} ${what}`);
  }
}

describe('a network in memory, on lines', () => {
  it('takes the time of handshake, lines and distance, in order', () => {
    const pair = new Pair();
    pair.far?.writeAlone(Buffer.alloc(100_000), () => pair.happened.push(`${pair.queue.nowMs} written`));
    pair.far?.write(Buffer.alloc(10));
    pair.near.write(Buffer.alloc(7));
    assert.equal(pair.far?.unsentBytes, 100_010);
    pair.runTo(1000);
    assert.deepEqual(pair.happened, [
      '200 connected',
      '250 near reads 1400',
      '250 far reads 7',
      '300 written',
      '350 near reads 98600',
      '350 near reads 10',
    ]);
    assert.equal(pair.far?.unsentBytes, 0);
  });

  it('lets one end read on that writes no more, until the other has heard of it', () => {
    const pair = new Pair();
    pair.near.end();
    pair.near.write(Buffer.alloc(3));
    pair.far?.write(Buffer.alloc(5));
    pair.runTo(1000);
    assert.deepEqual(pair.happened.slice(1), ['250 near reads 5', '250 far: hung up', '300 near: hung up']);
  });

  it('loses what is on its way when the line breaks', () => {
    const pair = new Pair();
    pair.near.write(Buffer.alloc(3));
    pair.far?.write(Buffer.alloc(5));
    pair.near.reset();
    pair.near.reset();
    pair.runTo(1000);
    assert.deepEqual(pair.happened.slice(1).sort(), ['200 far: read ECONNRESET', '200 near: read ECONNRESET']);
  });
});
