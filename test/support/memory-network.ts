import type {
  DialledReader,
  PeerEndpoint,
  PeerTransport,
  TransportListener,
} from '../../sdk/engine/transport/transport.js';
import { type Clock, SYSTEM_CLOCK } from '../../sdk/engine/util/clock.js';
import type { Line } from './line.js';
import { MemoryPipe } from './memory-pipe.js';
import { MemoryStream } from './memory-stream.js';

export interface MemoryNetworkOptions {
  /** The clock of its streams. Default: the system's. */
  readonly clock?: Clock;
  /** A device's line. Default: none, so that everything arrives at once. */
  readonly lineOf?: (deviceId: string) => Line | undefined;
}

/** One-way trips until both ends are authenticated: TCP, then TLS 1.3. */
const HANDSHAKE_TRIPS = 4;
const FIRST_PORT = 1024;

interface Listening {
  readonly deviceId: string;
  readonly onPeer: (stream: MemoryStream) => void;
  readonly streams: Set<MemoryStream>;
}

/** Connects devices within one process, without sockets and keys. A device's id is the one that its transport was created with. */
export class MemoryNetwork {
  /** Dialled connections in total. */
  dials = 0;
  readonly #clock: Clock;
  readonly #lineOf: (deviceId: string) => Line | undefined;
  readonly #listening = new Map<string, Listening>();
  #nextPort = FIRST_PORT;

  constructor({ clock = SYSTEM_CLOCK, lineOf = () => undefined }: MemoryNetworkOptions = {}) {
    this.#clock = clock;
    this.#lineOf = lineOf;
  }

  transportOf(deviceId: string): PeerTransport {
    return {
      dial: (peer, reader) => this.dialNow(deviceId, peer, reader),
      listen: async (host, port, onPeer) => this.listenNow(deviceId, host, port, onPeer),
    };
  }

  /** Resets every stream that a device has accepted. */
  resetStreamsOf(deviceId: string): void {
    for (const { deviceId: listener, streams } of this.#listening.values())
      if (listener === deviceId) for (const stream of [...streams]) stream.reset();
  }

  /** Like `PeerTransport.dial`, but returns the concrete stream. */
  dialNow(from: string, peer: PeerEndpoint, reader: DialledReader): MemoryStream {
    this.dials++;
    const there = this.#pipe(from, peer.deviceId);
    const back = this.#pipe(peer.deviceId, from);
    const near = new MemoryStream(peer.deviceId, this.#clock, { incoming: back, outgoing: there });
    near.startDialled(reader);
    const latencyMs = (this.#lineOf(from)?.latencyMs ?? 0) + (this.#lineOf(peer.deviceId)?.latencyMs ?? 0);
    this.#clock.after(HANDSHAKE_TRIPS * latencyMs, () => {
      if (near.isClosed) return;
      const listening = this.#listening.get(keyOf(peer.host, peer.port));
      if (!listening) return near.fail(`connect ECONNREFUSED ${peer.host}:${peer.port}`);
      if (listening.deviceId !== peer.deviceId) return near.fail('another device answers at that address');
      const { streams, onPeer } = listening;
      const pipes = { incoming: there, outgoing: back };
      const far = new MemoryStream(from, this.#clock, pipes, () => streams.delete(far));
      streams.add(far);
      onPeer(far);
      reader.onConnected();
    });
    return near;
  }

  /** Like `PeerTransport.listen`, but synchronous. @throws Error if the address is in use */
  listenNow(deviceId: string, host: string, port: number, onPeer: (stream: MemoryStream) => void): TransportListener {
    const chosen = port === 0 ? this.#nextPort++ : port;
    const key = keyOf(host, chosen);
    if (this.#listening.has(key)) throw new Error(`listen EADDRINUSE ${key}`);
    const streams = new Set<MemoryStream>();
    this.#listening.set(key, { deviceId, onPeer, streams });
    const disconnectAll = () => {
      for (const stream of [...streams]) stream.destroy();
    };
    return {
      host,
      port: chosen,
      disconnectAll,
      close: () => {
        this.#listening.delete(key);
        disconnectAll();
      },
    };
  }

  #pipe(from: string, to: string): MemoryPipe {
    const [near, far] = [this.#lineOf(from), this.#lineOf(to)];
    return new MemoryPipe(this.#clock, near && far && { from: near, to: far });
  }
}

function keyOf(host: string, port: number): string {
  return `${host}:${port}`;
}
