import type { TLSSocket } from 'node:tls';
import type { AcceptedReader, AcceptedStream, PeerStream } from './transport.js';

/** A peer stream over TLS, connected or connecting. */
export class TlsStream implements PeerStream {
  protected readonly socket: TLSSocket;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    socket.setNoDelay(true);
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** Writes of one turn of the event loop leave in one record and one call. */
  write(bytes: Uint8Array): void {
    const { socket } = this;
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    socket.write(bytes);
  }

  /** Joining it with the corked writes would copy it. */
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

/** A TLS stream that the peer opened. */
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

/**
 * Calls `onClosed` once the socket is closed: with the error's message, or undefined if the peer hung up. A TLS error leaves the socket
 * open, so it is destroyed here.
 */
export function onceClosed(socket: TLSSocket, onClosed: (reason: string | undefined) => void): void {
  let reason: string | undefined;
  socket.on('error', (error: Error) => {
    reason ??= error.message;
    socket.destroy();
  });
  socket.once('close', () => onClosed(reason));
}
