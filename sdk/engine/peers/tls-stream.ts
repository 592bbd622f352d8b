import type { TLSSocket } from 'node:tls';
import type { AcceptedReader, AcceptedStream, PeerStream } from './transport.js';

/** A peer stream over TLS, which is connected or about to be. */
export class TlsStream implements PeerStream {
  protected readonly socket: TLSSocket;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.setNoDelay(true);
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** In one record and with one call for each turn of the event loop. */
  write(bytes: Uint8Array): void {
    const { socket } = this;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(bytes);
  }

  /** Put together with what waits for the end of the turn, it would be copied. */
  writeAlone(bytes: Uint8Array, onWritten: (error?: Error | null) => void): void {
    this.socket.uncork();
    this.socket.write(bytes, onWritten);
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/** A TLS stream that a peer opened. */
export class AcceptedTlsStream extends TlsStream implements AcceptedStream {
  readonly deviceId: string;
  readonly #onAdmitted: () => void;

  constructor(socket: TLSSocket, deviceId: string, onAdmitted: () => void) {
    super(socket);
    this.deviceId = deviceId;
    this.#onAdmitted = onAdmitted;
  }

  start(reader: AcceptedReader): void {
    this.socket.setTimeout(reader.idleTimeoutMs, () => reader.onIdle());
    this.socket.on('data', (chunk: Buffer) => reader.onBytes(chunk));
    onceClosed(this.socket, (reason) => reader.onClosed(reason));
  }

  admit(): void {
    this.#onAdmitted();
  }
}

/** Calls when a socket is closed, with what went wrong; undefined when the peer hung up. A TLS error leaves the socket open: it is closed here. */
export function onceClosed(socket: TLSSocket, onClosed: (reason: string | undefined) => void): void {
  let reason: string | undefined;
  socket.on('error', (error: Error) => {
    reason ??= error.message;
    socket.destroy();
  });
  socket.once('close', () => onClosed(reason));
}
