import { connect, isIPv6, type Socket } from 'node:net';
import type { TlsIdentity } from '../../identity/index.js';
import { type Endpoint, encodePreamble, type Preamble } from '../../protocol/index.js';
import type { TrackerPlace } from '../network-messages.js';
import type { Cancel } from '../util/clock.js';
import { dialTls, type OwnEnd } from './dial-tls.js';
import type { PeerListener } from './peer-listener.js';
import { TlsStream } from './tls-stream.js';
import type { DialledReader, PeerEndpoint, PeerStream, PunchPort, PunchTry, ServedPeer } from './transport.js';

export interface ShownPortContext {
  readonly identity: TlsIdentity;
  /** Serves peers on connections from this port. */
  readonly listener: () => PeerListener | undefined;
}

/**
 * A port that the tracker sees by a connection from it. Sockets can share a port only if each one is bound by an explicit address, and
 * none of them listens.
 */
export class ShownPort implements PunchPort {
  readonly #context: ShownPortContext;
  readonly #socket: Socket;
  readonly #localAddress: string;
  #localPort: number | undefined;

  constructor(
    context: ShownPortContext,
    { host, port, token }: TrackerPlace,
    side: Preamble['side'],
    onLost: (reason: string) => void,
  ) {
    this.#context = context;
    this.#localAddress = isIPv6(host) ? '::' : '0.0.0.0';
    this.#socket = connect({ host, port, localAddress: this.#localAddress, localPort: 0 });
    let reason = 'it hung up';
    this.#socket.on('error', (error) => (reason = error.message));
    this.#socket.once('close', () => onLost(reason));
    this.#socket.once('connect', () => {
      this.#localPort = this.#socket.localPort;
      this.#socket.write(encodePreamble({ kind: 'observe', token, side }));
    });
    this.#socket.resume();
  }

  dial(peer: PeerEndpoint, reader: DialledReader, attempt: PunchTry): PeerStream {
    const watched = new Watched(attempt);
    const socket = dialTls(
      this.#context.identity,
      peer,
      {
        nextRead: () => reader.nextRead(),
        onRead: (count) => reader.onRead(count),
        onConnected: () => reader.onConnected(),
        onClosed: (reason) => {
          if (watched.isOpen) reader.onClosed(reason);
        },
      },
      this.#end,
    );
    watched.watch(socket);
    return new TlsStream(socket);
  }

  serve(address: Endpoint, peer: ServedPeer, attempt: PunchTry): Cancel {
    const socket = connect({ ...address, ...this.#end });
    let giveUp: Cancel = () => socket.destroy();
    new Watched({
      onFailed: (reason, kind) => attempt.onFailed(reason, kind),
      onOpen: () => {
        attempt.onOpen();
        const listener = this.#context.listener();
        if (listener) giveUp = listener.serveOn(socket, peer);
        else socket.destroy();
      },
    }).watch(socket);
    return () => giveUp();
  }

  close(): void {
    this.#socket.destroy();
  }

  get #end(): OwnEnd {
    return { localAddress: this.#localAddress, localPort: this.#localPort };
  }
}

/** Tells how a try ends. */
class Watched {
  isOpen = false;
  readonly #attempt: PunchTry;

  constructor(attempt: PunchTry) {
    this.#attempt = attempt;
  }

  watch(socket: Socket): void {
    let reason = 'it hung up';
    let code: string | undefined;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      reason = error.message;
      code = error.code;
    });
    socket.once('connect', () => {
      this.isOpen = true;
      this.#attempt.onOpen();
    });
    socket.once('close', () => {
      if (!this.isOpen) this.#attempt.onFailed(reason, KINDS.get(code) ?? 'failed');
    });
  }
}

const KINDS: ReadonlyMap<string | undefined, 'refused' | 'unable'> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['EADDRINUSE', 'unable'],
]);
