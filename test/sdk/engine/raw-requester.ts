import type { PeerStream, PeerTransport } from '../../../sdk/engine/peers/transport.js';
import { encodeFrame, type Frame, FrameDecoder, type Source } from '../../../sdk/protocol/index.js';

const READ_BYTES = 64 * 1024;

/** Someone who speaks the peer protocol by hand, and counts what comes back. */
export class RawRequester {
  receivedBytes = 0;
  /** Hears what comes, file data apart. */
  onFrame: (frame: Frame) => void = () => {};
  readonly #stream: PeerStream;
  readonly #closed: Promise<void>;
  #onSomething: () => void = () => {};

  private constructor(source: Source, transport: PeerTransport, onConnected: () => void) {
    const chunk = Buffer.alloc(READ_BYTES);
    const decoder = new FrameDecoder('server', {
      frame: (frame) => this.onFrame(frame),
      dataStart: () => {},
      data: () => {},
    });
    let onClosed = (): void => {};
    this.#closed = new Promise((resolve) => (onClosed = resolve));
    this.#stream = transport.dial(source, {
      onConnected,
      nextRead: () => chunk,
      onRead: (count) => {
        this.receivedBytes += count;
        decoder.push(chunk, count);
        this.#onSomething();
        return true;
      },
      onClosed: () => {
        onClosed();
        this.#onSomething();
      },
    });
  }

  /** Rejects when there is no such device. */
  static async connect(source: Source, transport: PeerTransport): Promise<RawRequester> {
    let requester: RawRequester | undefined;
    await new Promise<void>((resolve, reject) => {
      requester = new RawRequester(source, transport, resolve);
      void requester.hungUp().then(() => reject(new Error('hung up')));
    });
    if (!requester) throw new Error('it was not dialled');
    return requester;
  }

  send(...frames: Frame[]): void {
    this.sendRaw(Buffer.concat(frames.map(encodeFrame)));
  }

  sendRaw(bytes: Buffer): void {
    this.#stream.write(bytes);
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
  hungUp(): Promise<void> {
    return this.#closed;
  }

  /** Fulfilled when something comes; rejected when the other end hangs up instead. */
  hears(): Promise<void> {
    return this.hearsMoreThan(0);
  }

  /** Fulfilled when more than so many bytes came, all in all; rejected when the other end hangs up instead. */
  async hearsMoreThan(bytes: number): Promise<void> {
    let isOver = false;
    void this.#closed.then(() => (isOver = true));
    while (this.receivedBytes <= bytes) {
      await new Promise<void>((resolve) => (this.#onSomething = resolve));
      if (isOver && this.receivedBytes <= bytes) throw new Error('hung up');
    }
  }

  close(): void {
    this.#stream.destroy();
  }
}
