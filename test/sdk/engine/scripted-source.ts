import type { AcceptedStream, TransportListener } from '../../../sdk/engine/transport/transport.js';
import { createTlsIdentity } from '../../../sdk/identity/index.js';
import { type Frame, FrameDecoder, type Source } from '../../../sdk/protocol/index.js';
import type { Bench } from './support.js';

/** A source that handles each frame with a script, on any number of connections. */
export class ScriptedSource {
  readonly source: Source;
  /** Resolves once the first connection has ended. */
  readonly hungUp: Promise<void>;
  readonly #listener: TransportListener;

  private constructor(source: Source, hungUp: Promise<void>, listener: TransportListener) {
    this.source = source;
    this.hungUp = hungUp;
    this.#listener = listener;
  }

  static async start(
    bench: Bench,
    userId: string,
    onFrame: (frame: Frame, stream: AcceptedStream) => void,
  ): Promise<ScriptedSource> {
    const identity = await createTlsIdentity(userId);
    let onClosed = (): void => {};
    const hungUp = new Promise<void>((resolve) => (onClosed = resolve));
    const listener = await bench.transportOf(identity).listen('127.0.0.1', 0, (stream) => {
      const decoder = new FrameDecoder('requester', {
        frame: (frame) => onFrame(frame, stream),
        dataStart: () => {},
        data: () => {},
      });
      const onBytes = (chunk: Buffer) => decoder.push(chunk);
      stream.start({ idleTimeoutMs: 60_000, onBytes, onIdle: () => {}, onClosed });
    });
    const { host, port } = listener;
    return new ScriptedSource({ deviceId: identity.id, userId, host, port, complete: true }, hungUp, listener);
  }

  close(): Promise<void> {
    this.#listener.close();
    return Promise.resolve();
  }
}
