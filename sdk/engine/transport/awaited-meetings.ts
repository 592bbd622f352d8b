import type { Socket } from 'node:net';
import type { Preamble } from '../../protocol/index.js';

/** A connection may arrive before the tracker's answer names its meeting: it is kept while such an answer is due, but not longer. */
const KEPT_MS = 3000;
const MAX_KEPT = 16;

interface Awaited {
  meeting: string | undefined;
  readonly onSocket: (socket: Socket) => void;
}

/** The meetings that peers are expected for, and the connections that came for one. Each meeting admits one connection. */
export class AwaitedMeetings {
  readonly #awaited = new Set<Awaited>();
  /** Connections for a meeting that has no name yet, oldest first. */
  readonly #kept = new Map<string, Socket>();

  /** Expects a connection. */
  await(onSocket: (socket: Socket) => void): { named(meeting: string): void; cancel(): void } {
    const one: Awaited = { meeting: undefined, onSocket };
    this.#awaited.add(one);
    return {
      named: (meeting) => {
        if (!this.#awaited.has(one)) return;
        one.meeting = meeting;
        const socket = this.#kept.get(meeting);
        if (socket) this.#came(one, socket);
        else this.#dropIfNoneIsDue();
      },
      cancel: () => {
        this.#awaited.delete(one);
        this.#dropIfNoneIsDue();
      },
    };
  }

  /** A connection began with a preamble. It is destroyed unless its meeting is awaited. */
  came({ kind, side, token }: Preamble, socket: Socket): void {
    const one = [...this.#awaited].find(({ meeting }) => meeting === token);
    if (kind !== 'back' || side !== 'source') socket.destroy();
    else if (one) this.#came(one, socket);
    else if (this.#isNameDue && !this.#kept.has(token) && this.#kept.size < MAX_KEPT) this.#keep(token, socket);
    else socket.destroy();
  }

  get #isNameDue(): boolean {
    return [...this.#awaited].some(({ meeting }) => meeting === undefined);
  }

  #came(one: Awaited, socket: Socket): void {
    this.#awaited.delete(one);
    if (one.meeting !== undefined) this.#kept.delete(one.meeting);
    one.onSocket(socket);
    this.#dropIfNoneIsDue();
  }

  #keep(token: string, socket: Socket): void {
    this.#kept.set(token, socket);
    const timer = setTimeout(() => {
      if (this.#kept.get(token) === socket) socket.destroy();
    }, KEPT_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      if (this.#kept.get(token) === socket) this.#kept.delete(token);
    });
  }

  #dropIfNoneIsDue(): void {
    if (this.#isNameDue) return;
    for (const socket of this.#kept.values()) socket.destroy();
  }
}
