import type { Socket } from 'node:net';
import { addressKey } from '../budgets/address.js';
import type { TrackerLimits } from '../budgets/limits.js';

/** The stage of a connection: silent, greeted (`hello`), or known (authenticated). */
export type Stage = 'silent' | 'greeted' | 'known';

/** One TCP connection, from its first byte. */
export interface Guest {
  stage: Stage;
}

class Visitor implements Guest {
  readonly socket: Socket;
  readonly address: string;
  readonly #onStage: (visitor: Visitor) => void;
  #stage: Stage = 'silent';

  constructor(socket: Socket, address: string, onStage: (visitor: Visitor) => void) {
    this.socket = socket;
    this.address = address;
    this.#onStage = onStage;
  }

  get stage(): Stage {
    return this.#stage;
  }

  set stage(stage: Stage) {
    this.#stage = stage;
    this.#onStage(this);
  }
}

/** Connections of one address, the oldest first. */
interface House {
  readonly known: Set<Visitor>;
  readonly strangers: Set<Visitor>;
}

/**
 * Counts connections by address from their first byte. Connections before sign-in have smaller bounds. At a bound, the
 * oldest of them is closed, silent ones first, so that a peer that only holds connections keeps nobody out.
 */
export class Door {
  readonly #limits: TrackerLimits;
  readonly #houses = new Map<string, House>();
  /** By the addresses of both ends, because a TLS socket does not reveal its TCP socket. */
  readonly #visitors = new Map<string, Visitor>();
  #strangers = 0;

  constructor(limits: TrackerLimits) {
    this.#limits = limits;
  }

  /** Admits a new connection, or closes it if its address is full and no connection of it can be closed instead. */
  enter(socket: Socket): void {
    const address = addressKey(socket.remoteAddress ?? '');
    const house = this.#houses.get(address) ?? { known: new Set(), strangers: new Set() };
    if (!this.#makeRoom(house)) {
      socket.destroy();
      return;
    }
    this.#houses.set(address, house);
    const visitor = new Visitor(socket, address, (moved) => this.#sort(moved));
    const ends = endsOf(socket);
    this.#visitors.set(ends, visitor);
    house.strangers.add(visitor);
    this.#strangers++;
    const timer = setTimeout(() => {
      if (visitor.stage === 'silent') socket.destroy();
    }, this.#limits.silentTimeoutMs).unref();
    socket.once('close', () => {
      clearTimeout(timer);
      this.#leave(visitor);
      if (this.#visitors.get(ends) === visitor) this.#visitors.delete(ends);
    });
  }

  /** The connection of a socket, also of one inside TLS. */
  guest(socket: Socket): Guest {
    return this.#visitors.get(endsOf(socket)) ?? { stage: 'silent' };
  }

  /** Closes all connections, also those that have sent no request yet. */
  closeAll(): void {
    for (const { socket } of this.#visitors.values()) socket.destroy();
  }

  #sort(visitor: Visitor): void {
    const house = this.#houses.get(visitor.address);
    if (!house) return;
    const isKnown = visitor.stage === 'known';
    const [from, to] = isKnown ? [house.strangers, house.known] : [house.known, house.strangers];
    if (!from.delete(visitor)) return;
    to.add(visitor);
    this.#strangers += isKnown ? -1 : 1;
  }

  #leave(visitor: Visitor): void {
    const house = this.#houses.get(visitor.address);
    if (!house) return;
    house.known.delete(visitor);
    if (house.strangers.delete(visitor)) this.#strangers--;
    if (house.known.size + house.strangers.size === 0) this.#houses.delete(visitor.address);
  }

  #makeRoom(house: House): boolean {
    const { connections, connectionsPerAddress, strangers, strangersPerAddress } = this.#limits;
    const isFull =
      house.strangers.size >= strangersPerAddress || house.strangers.size + house.known.size >= connectionsPerAddress;
    if (isFull && !this.#pushOut(house)) return false;
    if (this.#strangers < strangers && this.#visitors.size < connections) return true;
    const most = [...this.#houses.values()].reduce<House | undefined>(
      (crowded, one) => (one.strangers.size > (crowded?.strangers.size ?? 0) ? one : crowded),
      undefined,
    );
    return most !== undefined && this.#pushOut(most);
  }

  /** Closes the least important connection of an address. Returns false if there is none. */
  #pushOut(house: House): boolean {
    let gone: Visitor | undefined;
    for (const visitor of house.strangers) {
      gone ??= visitor;
      if (visitor.stage !== 'silent') continue;
      gone = visitor;
      break;
    }
    if (!gone) return false;
    this.#leave(gone); // now, because the socket reports its end later
    gone.socket.destroy();
    return true;
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
