import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectSecurely, createSecureContext } from 'node:tls';
import { CLOSE, clientFrame, FrameReader, PING, PONG, TEXT } from './frames.js';

/** Where a WebSocket is. */
export interface SocketPlace {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly isSecure: boolean;
  /** The client's end, so that not all clients seem to be at one address. */
  readonly localAddress?: string | undefined;
}

const secureContext = createSecureContext();

/** A WebSocket of a client that takes little memory and time, so that one process can have thousands of them. */
export class LightSocket {
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  onText: (text: string) => void = () => {};
  onEnd: () => void = () => {};
  /** Bytes of messages, without those of TLS and TCP. */
  bytesIn = 0;
  bytesOut = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {}); // "close" follows
  }

  static async open(place: SocketPlace): Promise<LightSocket> {
    const { host, port, isSecure, localAddress } = place;
    const where = { host, port, ...(localAddress !== undefined && { localAddress }) };
    const raw = isSecure ? connectSecurely({ ...where, secureContext, rejectUnauthorized: false }) : connect(where);
    const socket = new LightSocket(raw);
    await once(raw, isSecure ? 'secureConnect' : 'connect');
    await socket.#upgrade(place);
    return socket;
  }

  send(text: string): void {
    this.#send(TEXT, Buffer.from(text));
  }

  close(): void {
    this.#socket.destroy();
  }

  async #upgrade({ host, port, path }: SocketPlace): Promise<void> {
    const key = randomBytes(16).toString('base64');
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const [answer] = (await once(this.#socket, 'data')) as [Buffer];
    if (!answer.includes('101 Switching Protocols')) throw new Error(`no WebSocket: ${answer.toString('latin1')}`);
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('close', () => this.onEnd());
  }

  #receive(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    for (const { opcode, payload } of this.#reader.read(chunk)) {
      if (opcode === TEXT) this.onText(payload.toString());
      else if (opcode === PING) this.#send(PONG, payload);
      else if (opcode === CLOSE) this.close();
    }
  }

  #send(opcode: number, payload: Buffer): void {
    const frame = clientFrame(opcode, payload);
    this.bytesOut += frame.length;
    this.#socket.write(frame);
  }
}
