import { once } from 'node:events';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { peerTlsOptions } from '../../../sdk/engine/peers/peer-tls.js';
import { createTlsIdentity } from '../../../sdk/identity/index.js';
import { type Frame, FrameDecoder, type Source } from '../../../sdk/protocol/index.js';

/** A source that does with each frame what it is told to, on connections that anybody may make. */
export class ScriptedSource {
  readonly source: Source;
  /** Fulfilled when the first connection is over. */
  readonly hungUp: Promise<void>;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();

  private constructor(source: Source, server: Server, onFrame: (frame: Frame, socket: TLSSocket) => void) {
    this.source = source;
    this.#server = server;
    let onHungUp: () => void;
    this.hungUp = new Promise((resolve) => (onHungUp = resolve));
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#sockets.add(socket);
      const decoder = new FrameDecoder('requester', {
        frame: (frame) => onFrame(frame, socket),
        dataStart: () => {},
        data: () => {},
      });
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => decoder.push(chunk));
      socket.once('close', () => {
        this.#sockets.delete(socket);
        onHungUp();
      });
    });
  }

  static async start(userId: string, onFrame: (frame: Frame, socket: TLSSocket) => void): Promise<ScriptedSource> {
    const { id: deviceId, ...identity } = await createTlsIdentity(userId);
    const server = createServer({ ...peerTlsOptions({ id: deviceId, ...identity }), requestCert: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    const { port } = address;
    return new ScriptedSource({ deviceId, userId, host: '127.0.0.1', port, complete: true }, server, onFrame);
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }
}
