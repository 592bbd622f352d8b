import { connect } from 'node:tls';
import { peerDeviceId, peerTlsOptions, type TlsIdentity } from '@shoal/sdk/identity';
import type { Endpoint, ReachVerdict } from '@shoal/sdk/protocol';

/** Finds out who answers at an address; undefined if the tracker could not look. */
export type Probe = (address: Endpoint, deviceId: string, signal: AbortSignal) => Promise<ReachVerdict | undefined>;

/** The tracker's own computer has no way to the address: no route, no IPv6, or a rule against it. */
const NO_WAY: ReadonlySet<string> = new Set(['EACCES', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENETUNREACH', 'EPERM']);
/** The tracker's own computer has no room for now, which others can bring about: too many open files, or no memory. */
const NO_ROOM: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/**
 * A probe that dials as a peer does, compares the key, and hangs up. Before the key is compared, it sends nothing but the handshake of
 * TLS, and after that nothing at all.
 */
export function probeWith(identity: TlsIdentity, timeoutMs: number): Probe {
  const options = peerTlsOptions(identity);
  return ({ host, port }, deviceId, signal) =>
    new Promise((resolve) => {
      const socket = connect({ ...options, host, port });
      const settle = (verdict: ReachVerdict | undefined) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        socket.destroy();
        resolve(verdict);
      };
      const abort = () => settle('unchecked');
      const timer = setTimeout(() => settle('closed'), timeoutMs).unref();
      signal.addEventListener('abort', abort);
      socket.on('error', ({ code = '' }: NodeJS.ErrnoException) =>
        settle(NO_ROOM.has(code) ? undefined : NO_WAY.has(code) ? 'unchecked' : 'closed'),
      );
      socket.once('close', () => settle('closed'));
      socket.once('secureConnect', () => {
        const id = peerDeviceId(socket);
        settle(id === deviceId ? 'open' : id === undefined ? 'closed' : 'other');
      });
      if (signal.aborted) abort();
    });
}
