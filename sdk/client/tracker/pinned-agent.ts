import { Agent, type RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { ADDRESS_TIMEOUT_MS } from '../../engine/index.js';
import { keyId } from '../../identity/index.js';
import { ShoalError } from '../../protocol/index.js';
import { type DrawnLookupOptions, drawnLookup } from './drawn-lookup.js';

/** Checks whether this fingerprint belongs to the expected tracker; throws if it does not. */
export type FingerprintCheck = (fingerprint: string) => void;

/** Time for a connection, from name resolution to the end of the TLS handshake. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens TLS connections to a tracker. It sends no data before the tracker's key passes the check. */
export class PinnedAgent extends Agent {
  readonly #check: FingerprintCheck;
  readonly #lookup: LookupFunction;
  readonly #connecting = new Set<TLSSocket>();
  #remoteAddress = '';
  #localAddress = '';

  /** @param resolving which addresses of a name are dialled, and in which order */
  constructor(check: FingerprintCheck, resolving: DrawnLookupOptions = {}) {
    super({ maxCachedSessions: 0 });
    this.#check = check;
    this.#lookup = drawnLookup(resolving);
  }

  /** Remote address of the last connection; empty before the first. */
  get remoteAddress(): string {
    return this.#remoteAddress;
  }

  /** Local address of the last connection; empty before the first. */
  get localAddress(): string {
    return this.#localAddress;
  }

  // Node calls this for every new connection. An agent may answer asynchronously through the callback.
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    this.#connect(options.host ?? 'localhost', Number(options.port)).then(
      (socket) => callback?.(null, socket),
      // Node's types require a stream here, but Node accepts none with an error.
      (error: unknown) => callback?.(unreachable(error), undefined as never),
    );
  }

  /** Closes all connections, including those in progress. */
  override destroy(): void {
    for (const socket of this.#connecting) socket.destroy();
    super.destroy();
  }

  async #connect(host: string, port: number): Promise<TLSSocket> {
    // A self-signed certificate has no meaningful chain. The key is compared below.
    const socket = connect({
      ...{
        host,
        port,
        lookup: this.#lookup,
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
      },
      ...{ rejectUnauthorized: false, minVersion: 'TLSv1.2' },
    });
    this.#connecting.add(socket);
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const tooLate = () => reject(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} s`));
        timer = setTimeout(tooLate, CONNECT_TIMEOUT_MS); // for the whole handshake: occasional bytes do not extend it
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
    this.#localAddress = socket.localAddress ?? '';
    return socket;
  }
}

/**
 * Returns errors of the check unchanged. Network errors become `TRACKER_UNREACHABLE`, because their codes have other
 * meanings for a disk.
 */
function unreachable(error: unknown): ShoalError {
  if (error instanceof ShoalError) return error;
  const why = error instanceof Error ? error.message || String('code' in error && error.code) : String(error);
  return new ShoalError('TRACKER_UNREACHABLE', why, { cause: error });
}
