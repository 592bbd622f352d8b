import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawn } from './seeded.js';

/** The faults between a peer and the clients that dial it. They may change while connections are open. */
export interface Faults {
  /** Delay of each chunk, plus up to `jitterMs`. Chunks keep their order. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Maximum rate of the peer's data. */
  readonly bytesPerSecond: number;
  /** Probability that a bit of a chunk is flipped, in either direction. */
  readonly corrupt: number;
  /** Bytes from the peer after which a connection is cut; with 0 the peer is not dialled at all. */
  readonly cutAfterBytes: number;
  readonly cut: Cut;
  /** Probability that a connection is delayed until a later one has passed. */
  readonly holdBack: number;
}

export type Cut =
  /** Both ends get an orderly end. */
  | 'drop'
  /** Both ends get a reset. */
  | 'reset'
  /** The peer's end is closed, and the client's end gets no notice. */
  | 'half-open'
  /** Both ends stay open, but no more data arrives: a black hole. */
  | 'silence';

export const NO_FAULTS: Faults = {
  delayMs: 0,
  jitterMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  corrupt: 0,
  cutAfterBytes: Number.POSITIVE_INFINITY,
  cut: 'drop',
  holdBack: 0,
};

/** A slow line forwards data this many times per second. */
const STEPS_A_SECOND = 20;

interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes from the peer on this connection. */
  bytes: number;
}

/** A relay in front of a peer that injects random faults. The same `random` gives the same faults. */
export class FaultProxy {
  faults: Faults;
  /** Bytes from the peer that were forwarded, on all connections. */
  passedBytes = 0;
  /** Accepted connections. */
  connections = 0;
  readonly #random: () => number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target = 0;
  #letHeldGo: (() => void) | undefined;

  private constructor(faults: Partial<Faults>, random: () => number) {
    this.faults = { ...NO_FAULTS, ...faults };
    this.#random = random;
    this.#server = createServer({ allowHalfOpen: true }, (near) => void this.#relay(near));
  }

  /** @param random numbers in [0, 1) */
  static async open(faults: Partial<Faults> = {}, random: () => number = Math.random): Promise<FaultProxy> {
    const proxy = new FaultProxy(faults, random);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The address that clients dial. */
  get endpoint(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** Sets the port on which the peer listens. */
  leadTo(port: number): void {
    this.#target = port;
  }

  /** Removes all faults, and resets open connections, since some may be silent for good. */
  heal(): void {
    this.faults = NO_FAULTS;
    this.reset();
  }

  /** Resets every open connection. */
  reset(): void {
    this.#letHeldGo?.();
    for (const socket of this.#sockets) reset(socket);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#letHeldGo?.();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  async #relay(near: Socket): Promise<void> {
    this.connections++;
    this.#keep(near);
    await this.#waitIfHeldBack();
    if (near.destroyed) return;
    if (this.faults.cutAfterBytes <= 0) {
      this.#cutBeforeDialling(near);
      return;
    }
    const far = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    this.#keep(far);
    const passage = { near, far, bytes: 0 };
    await Promise.all([this.#pump(near, far, passage, false), this.#pump(far, near, passage, true)]);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {}); // 'close' follows
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #waitIfHeldBack(): Promise<void> {
    const before = this.#letHeldGo;
    this.#letHeldGo = undefined;
    if (before === undefined && this.#random() < this.faults.holdBack) {
      await new Promise<void>((resolve) => {
        this.#letHeldGo = resolve;
      });
    } else {
      before?.();
    }
  }

  async #pump(from: Socket, to: Socket, passage: Passage, fromPeer: boolean): Promise<void> {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const { delayMs, jitterMs, corrupt } = this.faults;
        if (delayMs + jitterMs > 0) await sleep(delayMs + jitterMs * this.#random());
        const bytes = this.#random() < corrupt ? this.#flipped(chunk) : chunk;
        if (!(await (fromPeer ? this.#passSlowly(bytes, passage) : pass(bytes, to)))) return;
      }
      to.end();
    } catch {
      // One end was reset or closed for good: the other end follows.
      from.destroy();
      to.destroy();
    }
  }

  /** Forwards data from the peer at the line's rate, up to the cut. Returns false if the connection was cut. */
  async #passSlowly(chunk: Buffer, passage: Passage): Promise<boolean> {
    for (let at = 0; at < chunk.length; ) {
      const { bytesPerSecond, cutAfterBytes } = this.faults;
      const step = Math.max(1, Math.floor(bytesPerSecond / STEPS_A_SECOND));
      const count = Math.min(chunk.length - at, step, cutAfterBytes - passage.bytes);
      if (count <= 0) {
        this.#cut(passage);
        return false;
      }
      await pass(chunk.subarray(at, at + count), passage.near);
      at += count;
      passage.bytes += count;
      this.passedBytes += count;
      if (Number.isFinite(bytesPerSecond)) await sleep((count / bytesPerSecond) * 1000);
    }
    return true;
  }

  #flipped(chunk: Buffer): Buffer {
    const bytes = Buffer.from(chunk);
    const at = drawn(this.#random, bytes.length);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << drawn(this.#random, 8)), at);
    return bytes;
  }

  #cut({ near, far }: Passage): void {
    switch (this.faults.cut) {
      case 'drop':
        near.end();
        far.end();
        far.resume();
        return;
      case 'reset':
        reset(near);
        reset(far);
        return;
      case 'half-open':
        far.destroy();
        return;
      case 'silence':
        return;
    }
  }

  #cutBeforeDialling(near: Socket): void {
    if (this.faults.cut === 'drop') near.end();
    else if (this.faults.cut === 'reset') reset(near);
    else near.resume();
  }
}

async function pass(bytes: Buffer, to: Socket): Promise<true> {
  if (!to.write(bytes)) await once(to, 'drain');
  return true;
}

/** Node's own `resetAndDestroy` ends the stream first, which looks like an orderly end to the other side. */
function reset(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true);
  socket.destroy();
}
