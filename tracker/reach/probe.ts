import { connect } from 'node:tls';
import { peerDeviceId, peerTlsOptions, type TlsIdentity } from '@shoal/sdk/identity';
import type { Endpoint, ReachVerdict } from '@shoal/sdk/protocol';

/** Finds out who answers at an address. */
export type Probe = (address: Endpoint, deviceId: string, signal: AbortSignal) => Promise<ReachVerdict>;

/** Errors of the tracker's own computer, which say nothing about the address: no route, no IPv6, too many open files. */
const OWN_ERRORS: ReadonlySet<string> = new Set([
  'EACCES',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EMFILE',
  'ENETUNREACH',
  'ENFILE',
  'EPERM',
]);

/**
 * A probe that dials as a peer does, compares the key, and hangs up. Before the key is compared, it sends nothing but the handshake of
 * TLS, and after that nothing at all.
 */
export function probeWith(identity: TlsIdentity, timeoutMs: number): Probe {
  const options = peerTlsOptions(identity);
  return ({ host, port }, deviceId, signal) =>
    new Promise((resolve) => {
      const socket = connect({ ...options, host, port });
      const settle = (verdict: ReachVerdict) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        socket.destroy();
        resolve(verdict);
      };
      const abort = () => settle('unchecked');
      const timer = setTimeout(() => settle('closed'), timeoutMs).unref();
      signal.addEventListener('abort', abort);
      socket.on('error', (error: NodeJS.ErrnoException) =>
        settle(OWN_ERRORS.has(error.code ?? '') ? 'unchecked' : 'closed'),
      );
      socket.once('close', () => settle('closed'));
      socket.once('secureConnect', () => {
        const id = peerDeviceId(socket);
        settle(id === deviceId ? 'open' : id === undefined ? 'closed' : 'other');
      });
      if (signal.aborted) abort();
    });
}
