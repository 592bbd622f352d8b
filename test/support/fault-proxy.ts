import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawn } from './seeded.js';

/** What goes wrong on the way between a peer and those who dial it. May be changed while connections stand. */
export interface Faults {
  /** Each chunk comes this much later, and up to `jitterMs` more; chunks keep their order. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** What comes from the peer, at most. */
  readonly bytesPerSecond: number;
  /** The chance that a bit of a chunk is flipped, either way. */
  readonly corrupt: number;
  /** How many bytes of a connection come from the peer before it is cut; with 0 the peer is not even dialled. */
  readonly cutAfterBytes: number;
  readonly cut: Cut;
  /** The chance that a connection is held back until a later one has been let through. */
  readonly holdBack: number;
}

export type Cut =
  /** Both ends are told in order. */
  | 'drop'
  /** Both ends get a reset. */
  | 'reset'
  /** The peer's end is closed, and the other is never told. */
  | 'half-open'
  /** Both ends stand, and nothing comes any more: a black hole. */
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

/** A slow line lets bytes through this many times a second. */
const STEPS_A_SECOND = 20;

interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  /** From the peer, on this connection. */
  bytes: number;
}

/** A relay in front of a peer, on which things go wrong: by chance, but by the same chance for the same `random`. */
export class FaultProxy {
  faults: Faults;
  /** Bytes from the peer that were let through, on all connections. */
  passedBytes = 0;
  /** Connections that were accepted. */
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

  /** What others are to dial. */
  get endpoint(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** Where the peer listens. */
  leadTo(port: number): void {
    this.#target = port;
  }

  /** Nothing goes wrong any more; connections that stand are reset, for some may have fallen silent for good. */
  heal(): void {
    this.faults = NO_FAULTS;
    this.reset();
  }

  /** Resets every connection that stands. */
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
      // One end was reset or closed for good: so is the other.
      from.destroy();
      to.destroy();
    }
  }

  /** Lets bytes from the peer through at the line's speed, up to where the connection is cut. False when it was. */
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

/** Node's own `resetAndDestroy` ends the stream first, which the other end takes for an end in order. */
function reset(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true);
  socket.destroy();
}
