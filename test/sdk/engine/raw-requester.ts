import type { PeerStream, PeerTransport } from '../../../sdk/engine/transport/transport.js';
import { encodeFrame, type Frame, FrameDecoder, type Source } from '../../../sdk/protocol/index.js';

const READ_BYTES = 64 * 1024;

/** Speaks the peer protocol frame by frame, and counts what arrives. */
export class RawRequester {
  receivedBytes = 0;
  /** Receives all frames except file data. */
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

  /** Rejects if there is no such device. */
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

  /** The next frame that satisfies the predicate; rejects if the remote end hangs up first. */
  async hearsFrame(satisfies: (frame: Frame) => boolean): Promise<Frame> {
    const hungUp = this.#closed.then(() => Promise.reject(new Error('hung up')));
    hungUp.catch(() => {});
    const heard = new Promise<Frame>((resolve) => {
      this.onFrame = (frame) => satisfies(frame) && resolve(frame);
    });
    return Promise.race([heard, hungUp]);
  }

  /** Resolves once the remote end has hung up. */
  hungUp(): Promise<void> {
    return this.#closed;
  }

  /** Resolves once data arrives; rejects if the remote end hangs up first. */
  hears(): Promise<void> {
    return this.hearsMoreThan(0);
  }

  /** Resolves once more than `bytes` bytes arrived in total; rejects if the remote end hangs up first. */
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
