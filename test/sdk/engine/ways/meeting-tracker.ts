import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { EngineEvent } from '../../../../sdk/engine/index.js';
import {
  decodePreamble,
  type Endpoint,
  type ErrorCode,
  type MeetingWay,
  PREAMBLE_BYTES,
} from '../../../../sdk/protocol/index.js';
import type { Peer } from '../support.js';

/** A relay: joins the two connections whose tokens belong together. */
export class SmallRelay {
  /** Bytes that it passed from sources to requesters. */
  passedBytes = 0;
  /** Called with the token and the address of a connection that shows a port. */
  onShown: (token: string, address: Endpoint) => void = () => {};
  /** Connections that it joined. */
  joined = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** The other token of each token. */
  readonly #other = new Map<string, string>();
  readonly #waiting = new Map<string, Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#onConnection(socket));
  }

  static async open(): Promise<SmallRelay> {
    const relay = new SmallRelay();
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get place(): { host: string; port: number } {
    const { address, port } = this.#server.address() as AddressInfo;
    return { host: address, port };
  }

  /** The tokens for both ends of one relayed connection. */
  tokens(): [requester: string, source: string] {
    const [requester, source] = [newToken(), newToken()];
    this.#other.set(requester, source);
    this.#other.set(source, requester);
    return [requester, source];
  }

  /** Ends all relayed connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('readable', () => {
      const bytes = socket.read(PREAMBLE_BYTES) as Buffer | null;
      if (!bytes) return;
      socket.removeAllListeners('readable');
      const preamble = decodePreamble(bytes);
      if (preamble?.kind === 'observe') {
        socket.resume();
        this.onShown(preamble.token, { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
        return;
      }
      const other = preamble && this.#other.get(preamble.token);
      if (!preamble || other === undefined) {
        socket.destroy();
        return;
      }
      const mate = this.#waiting.get(other);
      if (!mate) this.#waiting.set(preamble.token, socket);
      else if (preamble.side === 'source') this.#join(mate, socket);
      else this.#join(socket, mate);
    });
  }

  #join(requester: Socket, source: Socket): void {
    this.joined++;
    source.on('data', (chunk: Buffer) => (this.passedBytes += chunk.length));
    source.pipe(requester).pipe(source);
    source.once('close', () => requester.destroy());
    requester.once('close', () => source.destroy());
  }
}

/** Arranges meetings between engines, like a tracker and its clients. */
export class MeetingTracker {
  /** The meetings that were asked for, in order. */
  readonly asked: string[] = [];
  /** The ways that it arranges. It refuses the others. */
  allows: ReadonlySet<MeetingWay>;
  refusal: ErrorCode = 'PEER_UNREACHABLE';
  /** Where the requester of a meeting by `punch` is sent instead of to the port that the source shows. */
  sendTo: Endpoint | undefined;
  readonly #relay: SmallRelay;
  readonly #members = new Map<string, Peer>();

  constructor(relay: SmallRelay, ...allows: MeetingWay[]) {
    this.#relay = relay;
    this.allows = new Set(allows);
  }

  join(peer: Peer): void {
    this.#members.set(peer.identity.id, peer);
    peer.engine.on('meetWanted', (event) => this.#arrange(peer, event));
  }

  #arrange({ engine, source }: Peer, { request, deviceId, by }: EngineEvent & { type: 'meetWanted' }): void {
    this.asked.push(by);
    const called = this.#members.get(deviceId);
    if (!called || !this.allows.has(by)) {
      engine.send({ type: 'noMeeting', request, code: this.refusal, message: 'no' });
      return;
    }
    const meeting = newToken();
    const caller = { meeting, deviceId: source.deviceId, userId: source.userId };
    if (by === 'back') {
      called.engine.send({ type: 'called', ...caller, addresses: [{ host: source.host, port: source.port }] });
      engine.send({ type: 'meeting', request, meeting });
      return;
    }
    const [own, other] = this.#relay.tokens();
    const { place } = this.#relay;
    if (by === 'punch') {
      const shown = new Map<string, Endpoint>();
      this.#relay.onShown = (token, address) => {
        shown.set(token, address);
        const [ofRequester, ofSource] = [shown.get(own), shown.get(other)];
        if (!ofRequester || !ofSource) return;
        engine.send({ type: 'meetGo', meeting, address: this.sendTo ?? ofSource, afterMs: 0 });
        called.engine.send({ type: 'meetGo', meeting, address: ofRequester, afterMs: 0 });
      };
      called.engine.send({ type: 'called', ...caller, addresses: [], observer: { ...place, token: other } });
      engine.send({ type: 'meeting', request, meeting, observer: { ...place, token: own } });
      return;
    }
    called.engine.send({ type: 'called', ...caller, addresses: [], relay: { ...place, token: other } });
    engine.send({ type: 'meeting', request, meeting, relay: { ...place, token: own } });
  }
}

function newToken(): string {
  return randomBytes(16).toString('base64url');
}
