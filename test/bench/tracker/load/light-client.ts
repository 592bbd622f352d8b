import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { signChallenge } from '../../../../sdk/identity/index.js';
import {
  OPTIONAL_EVENTS,
  parseTrackerUrl,
  TRACKER_METHODS,
  TRACKER_PROTOCOL,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../../../sdk/protocol/index.js';
import { CLOSE, clientFrame, FrameReader, PING, PONG, TEXT } from './frames.js';

/** An address at which nobody listens: the clients of a bench serve nothing. */
const SERVES_AT = { host: '127.0.0.1', port: 40_000 } as const;
const ANSWER = /^\{"jsonrpc":"2\.0","id":(\d+),"(result|error)":/;
const secureContext = createSecureContext();

/** A client of a tracker that takes little memory and time, so that one process can be thousands of them. */
export class LightClient {
  readonly #url: ReturnType<typeof parseTrackerUrl>;
  readonly #socket: TLSSocket;
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, (text: string, isRefused: boolean) => void>();
  #nextId = 1;
  /** Called for each event, with its text. */
  onEvent: (text: string) => void = () => {};
  /** Bytes of messages, without those of TLS and TCP. */
  bytesIn = 0;
  bytesOut = 0;
  deviceId = '';

  private constructor(url: string, localAddress: string | undefined) {
    this.#url = parseTrackerUrl(url);
    const { host, port } = this.#url;
    this.#socket = connect({
      host,
      port,
      secureContext,
      rejectUnauthorized: false,
      ...(localAddress && { localAddress }),
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', () => {}); // "close" follows
  }

  /** Connects. @param localAddress of the client's end, so that not all clients seem to be at one address */
  static async open(url: string, localAddress?: string): Promise<LightClient> {
    const client = new LightClient(url, localAddress);
    await once(client.#socket, 'secureConnect');
    await client.#upgrade();
    return client;
  }

  /** Says hello, and takes up a session with a new device that nobody can dial. */
  async signIn(token: string): Promise<TrackerResult<'resume'>> {
    const accepts = [...OPTIONAL_EVENTS];
    const { challenge } = await this.call('hello', { protocol: TRACKER_PROTOCOL, client: 'light', accepts });
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const identity = { id: '', privateKeyPem, certificatePem: '' };
    const proof = signChallenge(identity, this.#url.fingerprint ?? '', challenge);
    const device = { ...proof, endpoint: SERVES_AT, addresses: [{ ...SERVES_AT, kind: 'private' as const }] };
    const session = await this.call('resume', { token, device });
    this.deviceId = session.deviceId;
    return session;
  }

  /** Calls a method. Rejects with the tracker's error. */
  async call<M extends TrackerMethod>(method: M, params: TrackerParams<M>): Promise<TrackerResult<M>> {
    const { result } = JSON.parse(await this.ask(method, params)) as { result: unknown };
    return TRACKER_METHODS[method].result.parse(result) as TrackerResult<M>; // parsed by the schema of this method
  }

  /** Calls a method, and looks only whether it was refused. */
  ask<M extends TrackerMethod>(method: M, params: TrackerParams<M>): Promise<string> {
    const id = this.#nextId++;
    const answer = new Promise<string>((resolve, reject) => {
      this.#waiting.set(id, (text, isRefused) => {
        if (isRefused) reject(new Error(`${method} is refused: ${text}`));
        else resolve(text);
      });
    });
    this.#send(TEXT, Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params })));
    return answer;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #upgrade(): Promise<void> {
    const { host, port } = this.#url;
    const key = randomBytes(16).toString('base64');
    this.#socket.write(
      `GET /shoal HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const [answer] = (await once(this.#socket, 'data')) as [Buffer];
    if (!answer.includes('101 Switching Protocols')) throw new Error(`no WebSocket: ${answer.toString('latin1')}`);
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('close', () => this.#end());
  }

  #receive(chunk: Buffer): void {
    this.bytesIn += chunk.length;
    for (const { opcode, payload } of this.#reader.read(chunk)) {
      if (opcode === TEXT) this.#hear(payload.toString());
      else if (opcode === PING) this.#send(PONG, payload);
      else if (opcode === CLOSE) this.close();
    }
  }

  #hear(text: string): void {
    const [, id, outcome] = ANSWER.exec(text) ?? [];
    if (id === undefined) {
      this.onEvent(text);
      return;
    }
    const answered = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    answered?.(text, outcome === 'error');
  }

  #send(opcode: number, payload: Buffer): void {
    const frame = clientFrame(opcode, payload);
    this.bytesOut += frame.length;
    this.#socket.write(frame);
  }

  #end(): void {
    for (const answered of this.#waiting.values()) answered('the connection ended', true);
    this.#waiting.clear();
  }
}
