import type { Socket } from 'node:net';

/** What a session may carry. */
export interface SessionRules {
  /** Time without a byte after which the session ends, in milliseconds. */
  readonly idleMs: number;
  /** Accounts for bytes: how long to read no more, in milliseconds; undefined: the session ends. */
  readonly spend: (bytes: number) => number | undefined;
}

/** One relayed connection: two sockets, and nothing but bytes between them. The relay neither reads nor keeps them. */
export class RelaySession {
  readonly #sockets: readonly [Socket, Socket];
  readonly #rules: SessionRules;
  readonly #idle: NodeJS.Timeout;
  #open = 2;

  /** @param onEnd called once, when both sockets are closed */
  constructor(sockets: readonly [Socket, Socket], rules: SessionRules, onEnd: () => void) {
    this.#sockets = sockets;
    this.#rules = rules;
    this.#idle = setTimeout(() => this.destroy(), rules.idleMs).unref();
    const [one, other] = sockets;
    for (const [socket, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      socket.setNoDelay(true);
      socket.once('close', (isFailed) => {
        if (isFailed) peer.destroy();
        else peer.destroySoon(); // what was received is delivered
        if (--this.#open > 0) return;
        clearTimeout(this.#idle);
        onEnd();
      });
      this.#pump(socket, peer);
    }
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #pump(from: Socket, to: Socket): void {
    let isPaced = false;
    let isFull = false;
    const goOn = () => {
      if (!isPaced && !isFull) from.resume();
    };
    from.on('data', (chunk: Buffer) => {
      this.#idle.refresh();
      const waitMs = this.#rules.spend(chunk.length);
      if (waitMs === undefined) {
        this.destroy();
        return;
      }
      isFull = !to.write(chunk);
      isPaced = waitMs > 0;
      if (isFull || isPaced) from.pause();
      if (!isPaced) return;
      setTimeout(() => {
        isPaced = false;
        goOn();
      }, waitMs).unref();
    });
    to.on('drain', () => {
      isFull = false;
      goOn();
    });
    from.once('end', () => to.end());
  }
}
