import { once } from 'node:events';
import { WebSocket } from 'ws';
import { createTlsIdentity, signChallenge, type TlsIdentity } from '../../sdk/identity/index.js';
import {
  type DeviceProof,
  parseTrackerUrl,
  TRACKER_PROTOCOL,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerMethod,
  type TrackerResult,
} from '../../sdk/protocol/index.js';

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string; readonly data?: { readonly code: string } };
  readonly method?: TrackerEventName;
  readonly params?: unknown;
}

/** Talks to a tracker in whatever words it is given, and keeps every event that it hears. */
export class RawClient {
  readonly identity: TlsIdentity;
  readonly socket: WebSocket;
  /** Fulfilled with code and reason when the connection is over. */
  readonly closed: Promise<[code: number, reason: Buffer]>;
  readonly #fingerprint: string;
  readonly #heard: { event: TrackerEventName; payload: unknown }[] = [];
  readonly #listeners: ((event: TrackerEventName, payload: unknown) => void)[] = [];
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #challenge = '';
  #session = { userId: '', token: '' };

  private constructor(url: string, identity: TlsIdentity) {
    const { host, port, fingerprint } = parseTrackerUrl(url);
    this.identity = identity;
    this.#fingerprint = fingerprint ?? '';
    this.socket = new WebSocket(`wss://${host}:${port}/shoal`, { rejectUnauthorized: false });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', (code, reason) => resolve([code, reason])));
    this.socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as Answer));
  }

  static async open(url: string, identity?: TlsIdentity): Promise<RawClient> {
    const client = new RawClient(url, identity ?? (await createTlsIdentity('raw')));
    await once(client.socket, 'open');
    return client;
  }

  /** Of the last sign-in. */
  get userId(): string {
    return this.#session.userId;
  }

  get token(): string {
    return this.#session.token;
  }

  /** @param accepts the events that it accepts; a client of version 0.1 names none */
  async hello(accepts?: readonly string[]): Promise<TrackerResult<'hello'>> {
    const said = await this.call('hello', { protocol: TRACKER_PROTOCOL, client: 'raw', accepts });
    this.#challenge = said.challenge;
    return said;
  }

  /** @param addresses what a client of version 0.1 does not send */
  prove(
    endpoint: DeviceProof['endpoint'] = { host: '192.0.2.1', port: 9000 },
    addresses?: DeviceProof['addresses'],
  ): DeviceProof {
    const proof = signChallenge(this.identity, this.#fingerprint, this.#challenge);
    return { ...proof, endpoint, ...(addresses && { addresses }) };
  }

  /** Says hello, makes an account whose password is `pw`, and signs in. */
  async signUp(
    userId: string,
    endpoint?: DeviceProof['endpoint'],
    accepts?: readonly string[],
    addresses?: DeviceProof['addresses'],
  ): Promise<this> {
    await this.hello(accepts);
    await this.call('createUser', { userId, password: 'pw' });
    await this.logIn(userId, endpoint, addresses);
    return this;
  }

  async logIn(
    userId: string,
    endpoint?: DeviceProof['endpoint'],
    addresses?: DeviceProof['addresses'],
  ): Promise<TrackerResult<'login'>> {
    const session = await this.call('login', { userId, password: 'pw', device: this.prove(endpoint, addresses) });
    this.#session = session;
    return session;
  }

  /** Takes up a session again. */
  async resume(token: string, endpoint?: DeviceProof['endpoint']): Promise<TrackerResult<'resume'>> {
    const session = await this.call('resume', { token, device: this.prove(endpoint) });
    this.#session = session;
    return session;
  }

  /** Calls with any parameters; a refusal is an Error with its code. */
  async call<M extends TrackerMethod>(method: M, params: unknown): Promise<TrackerResult<M>> {
    const id = this.#nextId++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const { result, error } = await answered;
    if (error) throw Object.assign(new Error(error.message), { code: error.data?.code, data: error.data });
    return result as TrackerResult<M>; // what the test expects of it, it checks
  }

  /** The code with which a call is refused; `ok` when it is not. */
  outcome(method: TrackerMethod, params: unknown): Promise<string> {
    return this.call(method, params).then(
      () => 'ok',
      (error: { code?: string }) => String(error.code),
    );
  }

  /** All events of a kind since the last time. What the tracker sent before is here: messages keep their order. */
  async heard<E extends TrackerEventName>(event: E): Promise<TrackerEvent<E>[]> {
    await this.call('listGroups', {});
    const found = this.#heard.filter((one) => one.event === event).map((one) => one.payload as TrackerEvent<E>);
    this.#heard.splice(0, this.#heard.length, ...this.#heard.filter((one) => one.event !== event));
    return found;
  }

  /** Calls a listener for each event at once. */
  onEvent(listener: (event: TrackerEventName, payload: unknown) => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    this.socket.terminate();
  }

  #hear({ id, method, params, ...answer }: Answer): void {
    if (method) {
      this.#heard.push({ event: method, payload: params });
      for (const listener of this.#listeners) listener(method, params);
    } else if (id !== undefined) this.#waiting.get(id)?.(answer);
  }
}
