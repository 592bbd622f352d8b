import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A relay in front of a peer that lets through so many bytes a second from it, so that a download can be watched. */
export class SlowLine {
  /** Bytes a second from the peer; may be changed while something flows. */
  bytesPerSecond: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target = 0;

  private constructor(bytesPerSecond: number) {
    this.bytesPerSecond = bytesPerSecond;
    this.#server = createServer((near) => void this.#relay(near));
  }

  static async open(bytesPerSecond: number): Promise<SlowLine> {
    const line = new SlowLine(bytesPerSecond);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  /** What others are to dial. */
  get endpoint(): { host: string; port: number } {
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  /** Where the peer listens. */
  leadTo(port: number): void {
    this.#target = port;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  async #relay(near: Socket): Promise<void> {
    const far = connect(this.#target, '127.0.0.1');
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.once('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    try {
      for await (const chunk of far as AsyncIterable<Buffer>) {
        if (!near.write(chunk)) await once(near, 'drain');
        if (Number.isFinite(this.bytesPerSecond)) await sleep((chunk.length / this.bytesPerSecond) * 1000);
      }
    } catch {
      // One of the two hung up.
    }
  }
}
