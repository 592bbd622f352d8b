import { signChallenge, type TlsIdentity } from '../../../../sdk/identity/index.js';
import {
  OPTIONAL_EVENTS,
  parseTrackerUrl,
  TRACKER_METHODS,
  TRACKER_PROTOCOL,
  TRACKER_SOCKET_PATH,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../../../sdk/protocol/index.js';
import { LightSocket } from './light-socket.js';

/** An address at which nobody listens: the clients of a bench serve nothing. */
const SERVES_AT = { host: '127.0.0.1', port: 40_000 } as const;
const ANSWER = /^\{"jsonrpc":"2\.0","id":(\d+),"(result|error)":/;

/** A client of a tracker that does little besides asking and listening. */
export class LightClient {
  readonly #fingerprint: string;
  readonly #socket: LightSocket;
  readonly #waiting = new Map<number, (text: string, isRefused: boolean) => void>();
  #nextId = 1;
  /** Called for each event, with its text. */
  onEvent: (text: string) => void = () => {};
  deviceId = '';

  private constructor(socket: LightSocket, fingerprint: string) {
    this.#socket = socket;
    this.#fingerprint = fingerprint;
    socket.onText = (text) => this.#hear(text);
    socket.onEnd = () => {
      for (const answered of this.#waiting.values()) answered('the connection ended', true);
      this.#waiting.clear();
    };
  }

  /** @param localAddress of the client's end */
  static async open(url: string, localAddress?: string): Promise<LightClient> {
    const { host, port, fingerprint = '' } = parseTrackerUrl(url);
    const path = TRACKER_SOCKET_PATH;
    return new LightClient(await LightSocket.open({ host, port, path, isSecure: true, localAddress }), fingerprint);
  }

  /** Bytes of messages. */
  get bytes(): { readonly in: number; readonly out: number } {
    return { in: this.#socket.bytesIn, out: this.#socket.bytesOut };
  }

  /** Says hello, and takes up a session with a device that nobody can dial. */
  async signIn(token: string, identity: TlsIdentity): Promise<TrackerResult<'resume'>> {
    const accepts = [...OPTIONAL_EVENTS];
    const { challenge } = await this.call('hello', { protocol: TRACKER_PROTOCOL, client: 'light', accepts });
    const proof = signChallenge(identity, this.#fingerprint, challenge);
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
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return answer;
  }

  close(): void {
    this.#socket.close();
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
}
