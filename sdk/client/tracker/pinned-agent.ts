import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { ADDRESS_TIMEOUT_MS } from '../../engine/index.js';
import { keyId } from '../../identity/index.js';
import { ShoalError } from '../../protocol/index.js';

/** Says whether the tracker that shows this fingerprint is the one that is meant; throws when it is not. */
export type FingerprintCheck = (fingerprint: string) => void;

/** From the first look-up of a name to the end of TLS's handshake. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Makes TLS connections to a tracker that are handed on only after its key was checked: not a byte is sent before. */
export class PinnedAgent extends Agent {
  readonly #check: FingerprintCheck;
  readonly #connecting = new Set<TLSSocket>();
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
      (error: unknown) => callback?.(unreachable(error), undefined as never),
    );
  }

  /** Ends all connections, those that are still being made included. */
  override destroy(): void {
    for (const socket of this.#connecting) socket.destroy();
    super.destroy();
  }

  async #connect(host: string, port: number): Promise<TLSSocket> {
    // The chain means nothing for a self-signed certificate; the key is compared below.
    const socket = connect({
      ...{ host, port, autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS },
      ...{ rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    });
    this.#connecting.add(socket);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const tooLate = () => reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
        timer = setTimeout(tooLate, CONNECT_TIMEOUT_MS); // of all of it: a byte now and then is no answer
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('the connection was closed')));
      });
      const certificate = socket.getPeerX509Certificate();
      if (!certificate) throw new Error('it shows no certificate');
      this.#check(keyId(certificate.publicKey));
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#connecting.delete(socket);
    }
    this.#remoteAddress = socket.remoteAddress ?? '';
    return socket;
  }
}

/** The check's own error, or that of the network: its codes mean other things than a disk's. */
function unreachable(error: unknown): ShoalError {
  if (error instanceof ShoalError) return error;
  const why = error instanceof Error ? error.message || String('code' in error && error.code) : String(error);
  return new ShoalError('TRACKER_UNREACHABLE', why, { cause: error });
}
