import type { Socket } from 'node:net';
import { connect } from 'node:tls';
import type { TlsIdentity } from '../../identity/index.js';
import { feedReader } from './feed-reader.js';
import { peerDeviceId, peerTlsOptions } from './peer-tls.js';
import { onceClosed, TlsStream } from './tls-stream.js';
import type { DialledReader } from './transport.js';

/**
 * The TLS client on a socket that this device did not dial to the peer itself: the peer dialled it, or a relay joins both. Node reads such a
 * socket by chunks of its own, so that each is copied once more. One chunk at most waits while the reader pauses.
 */
export class AdoptedTlsStream extends TlsStream {
  #reader: DialledReader;
  /** The part of the last chunk that the reader has not read yet. */
  #rest: Buffer | undefined;

  constructor(socket: Socket, identity: TlsIdentity, deviceId: string, reader: DialledReader) {
    const secure = connect({ ...peerTlsOptions(identity), socket });
    super(secure);
    this.#reader = reader;
    onceClosed(secure, (reason) => reader.onClosed(reason));
    secure.once('secureConnect', () => {
      if (peerDeviceId(secure) !== deviceId) {
        secure.destroy(new Error('another device answers in the meeting'));
        return;
      }
      reader.onConnected();
      if (!secure.destroyed) secure.on('data', (chunk: Buffer) => this.#read(chunk));
    });
  }

  override resume(): void {
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest) this.#read(rest);
    if (!this.#rest) super.resume();
  }

  #read(chunk: Buffer): void {
    const { at, readsOn } = feedReader(this.#reader, chunk);
    if (this.socket.destroyed) return;
    if (at < chunk.length) this.#rest = chunk.subarray(at);
    if (!readsOn) this.pause();
  }
}
