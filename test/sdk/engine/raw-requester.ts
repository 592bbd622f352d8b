import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import { peerTlsOptions } from '../../../sdk/engine/peers/peer-tls.js';
import type { TlsIdentity } from '../../../sdk/identity/index.js';
import { encodeFrame, type Frame, FrameDecoder, type Source } from '../../../sdk/protocol/index.js';

/** Someone who speaks the peer protocol by hand, and counts what comes back. */
export class RawRequester {
  readonly #socket: TLSSocket;
  readonly #closed: Promise<unknown>;
  receivedBytes = 0;
  /** Hears what comes, file data apart. */
  onFrame: (frame: Frame) => void = () => {};

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    const decoder = new FrameDecoder('server', {
      frame: (frame) => this.onFrame(frame),
      dataStart: () => {},
      data: () => {},
    });
    socket.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      decoder.push(chunk);
    });
  }

  static async connect(source: Source, identity: TlsIdentity): Promise<RawRequester> {
    const socket = connect({ ...peerTlsOptions(identity), host: source.host, port: source.port });
    await once(socket, 'secureConnect');
    return new RawRequester(socket);
  }

  onData(listener: (chunk: Buffer) => void): void {
    this.#socket.on('data', listener);
  }

  send(...frames: Frame[]): void {
    this.#socket.write(Buffer.concat(frames.map(encodeFrame)));
  }

  sendRaw(bytes: Buffer): void {
    this.#socket.write(bytes);
  }

  /** The next frame that satisfies; rejected when the other end hangs up instead. */
  async hearsFrame(satisfies: (frame: Frame) => boolean): Promise<Frame> {
    const hungUp = this.#closed.then(() => Promise.reject(new Error('hung up')));
    hungUp.catch(() => {});
    const heard = new Promise<Frame>((resolve) => {
      this.onFrame = (frame) => satisfies(frame) && resolve(frame);
    });
    return Promise.race([heard, hungUp]);
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
