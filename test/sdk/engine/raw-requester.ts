import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { peerTlsOptions } from '../../../sdk/engine/peer-tls.js';
import type { TlsIdentity } from '../../../sdk/identity/index.js';
import { encodeFrame, type Frame, type Source } from '../../../sdk/protocol/index.js';

/** Someone who speaks the peer protocol by hand, and counts what comes back. */
export class RawRequester {
  readonly #socket: TLSSocket;
  readonly #closed: Promise<unknown>;
  receivedBytes = 0;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
    });
  }

  static async connect(source: Source, identity: TlsIdentity): Promise<RawRequester> {
    const socket = connect({ ...peerTlsOptions(identity), host: source.host, port: source.port });
    await once(socket, 'secureConnect');
    return new RawRequester(socket);
  }

  send(...frames: Frame[]): void {
    this.#socket.write(Buffer.concat(frames.map(encodeFrame)));
  }

  sendRaw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** Fulfilled when the other end has hung up. */
  async hungUp(): Promise<void> {
    await this.#closed;
  }

  /** Fulfilled when something comes; rejected when the other end hangs up instead. */
  hears(): Promise<void> {
    return this.hearsMoreThan(0);
  }

  /** Fulfilled when more than so many bytes came, all in all; rejected when the other end hangs up instead. */
  async hearsMoreThan(bytes: number): Promise<void> {
    while (this.receivedBytes <= bytes) {
      await new Promise<void>((resolve, reject) => {
        this.#socket.once('data', () => resolve());
        this.#socket.once('close', () => reject(new Error('hung up')));
      });
    }
  }

  close(): void {
    this.#socket.destroy();
  }
}
