import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { ADDRESS_TIMEOUT_MS } from '../engine/index.js';
import { keyId } from '../identity/index.js';
import { ShoalError } from '../protocol/index.js';

/** Says whether the tracker that shows this fingerprint is the one that is meant; throws when it is not. */
export type FingerprintCheck = (fingerprint: string) => void | Promise<void>;

const CONNECT_TIMEOUT_MS = 10_000;

/** Makes TLS connections to a tracker that are handed on only after its key was checked: not a byte is sent before. */
export class PinnedAgent extends Agent {
  readonly #check: FingerprintCheck;
  #remoteAddress = '';

  constructor(check: FingerprintCheck, options: AgentOptions = {}) {
    super({ ...options, maxCachedSessions: 0 });
    this.#check = check;
  }

  /** Where the last connection led; empty before the first. */
  get remoteAddress(): string {
    return this.#remoteAddress;
  }

  // Node calls this for every new connection; an agent may answer later, through the callback.
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    this.#connect(options.host ?? 'localhost', Number(options.port)).then(
      (socket) => callback?.(null, socket),
      // Node's types ask for a stream here, Node itself takes none beside an error.
      (error: unknown) => callback?.(ShoalError.from(error, 'TRACKER_UNREACHABLE'), undefined as never),
    );
  }

  async #connect(host: string, port: number): Promise<TLSSocket> {
    // The chain means nothing for a self-signed certificate; the key is compared below.
    const socket = connect({
      ...{ host, port, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS },
      ...{ rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.setTimeout(CONNECT_TIMEOUT_MS, () => reject(new Error('no answer')));
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('the connection was closed')));
      });
      const certificate = socket.getPeerX509Certificate();
      if (!certificate) throw new Error('it shows no certificate');
      await this.#check(keyId(certificate.publicKey));
    } catch (error) {
      socket.destroy();
      throw error;
    }
    this.#remoteAddress = socket.remoteAddress ?? '';
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    return socket;
  }
}
