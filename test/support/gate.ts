import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** The direction of data: `up` from the client to the server, `down` back. */
type Direction = 'up' | 'down';

/** A relay in front of a server that blocks one direction from a moment that the test chooses. */
export class Gate {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #target: number;
  #held: Direction | undefined;
  #onHeld = () => {};

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#relay(near));
  }

  /** @param target the server's port */
  static async open(target: number): Promise<Gate> {
    const gate = new Gate(target);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Blocks a direction. Resolves once the gate has blocked data. */
  hold(direction: Direction): Promise<void> {
    this.#held = direction;
    return new Promise((resolve) => {
      this.#onHeld = resolve;
    });
  }

  /** Lets new connections pass everything, and cuts the open ones. */
  open(): void {
    this.#held = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.open();
    await once(this.#server, 'close');
  }

  #relay(near: Socket): void {
    const far = connect({ port: this.#target, host: '127.0.0.1' });
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // 'close' follows
      socket.once('close', () => {
        this.#sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    this.#pass('up', near, far);
    this.#pass('down', far, near);
  }

  #pass(direction: Direction, from: Socket, to: Socket): void {
    from.on('data', (bytes) => {
      if (this.#held === direction) this.#onHeld();
      else to.write(bytes);
    });
  }
}
