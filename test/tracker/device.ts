import { PinnedAgent } from '../../sdk/client/tracker/pinned-agent.js';
import { TrackerSocket } from '../../sdk/client/tracker/tracker-socket.js';
import { createTlsIdentity, signChallenge, type TlsIdentity } from '../../sdk/identity/index.js';
import {
  type DeviceProof,
  parseTrackerUrl,
  TRACKER_PROTOCOL,
  type TrackerEvent,
  type TrackerEventName,
  type TrackerLocation,
  type TrackerMethod,
  type TrackerParams,
  type TrackerResult,
} from '../../sdk/protocol/index.js';

/** A device that talks to a tracker by hand, and may say what no client would. */
export class Device {
  readonly identity: TlsIdentity;
  readonly #url: string;
  readonly #port: number;
  #socket: TrackerSocket | undefined;
  #agent: PinnedAgent | undefined;

  private constructor(url: string, identity: TlsIdentity, port: number) {
    this.#url = url;
    this.identity = identity;
    this.#port = port;
  }

  /** @param port where it says that it serves pieces */
  static async create(url: string, port = 9000, identity?: TlsIdentity): Promise<Device> {
    return new Device(url, identity ?? (await createTlsIdentity('by hand')), port);
  }

  /** Connects and says hello; what a sign-in has to show. */
  async connect(): Promise<DeviceProof> {
    this.close();
    const location = parseTrackerUrl(this.#url);
    let fingerprint = '';
    this.#agent = new PinnedAgent((shown) => {
      fingerprint = shown;
    });
    this.#socket = await TrackerSocket.open(location, this.#agent);
    const { challenge } = await this.call('hello', { protocol: TRACKER_PROTOCOL, client: 'by hand' });
    return {
      ...signChallenge(this.identity, fingerprint, challenge),
      endpoint: { host: '127.0.0.1', port: this.#port },
    };
  }

  async signUp(userId: string): Promise<TrackerResult<'login'>> {
    const device = await this.connect();
    await this.call('createUser', { userId, password: 'pw' });
    return this.call('login', { userId, password: 'pw', device });
  }

  async resume(token: string): Promise<TrackerResult<'resume'>> {
    const device = await this.connect();
    return this.call('resume', { token, device });
  }

  call<M extends TrackerMethod>(method: M, params: TrackerParams<M>): Promise<TrackerResult<M>> {
    if (!this.#socket) throw new Error('not connected');
    return this.#socket.call(method, params);
  }

  /** What a transfer of manifests needs. */
  get online(): { location: TrackerLocation; agent: PinnedAgent } {
    if (!this.#agent) throw new Error('not connected');
    return { location: parseTrackerUrl(this.#url), agent: this.#agent };
  }

  /** The next event of a kind. */
  next<E extends TrackerEventName>(event: E): Promise<TrackerEvent<E>> {
    return new Promise((resolve) =>
      this.#socket?.once(event, ((payload: TrackerEvent<E>) => resolve(payload)) as never),
    );
  }

  /** Fulfilled when the tracker has ended the connection. */
  ended(): Promise<void> {
    return new Promise((resolve) => this.#socket?.once('closed', () => resolve()));
  }

  close(): void {
    this.#socket?.destroy();
    this.#agent?.destroy();
  }
}
