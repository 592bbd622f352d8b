import type { CommonConnectionOptions, SecureContextOptions, TLSSocket } from 'node:tls';
import { keyId, type TlsIdentity } from '../../identity/index.js';
import { PEER_PROTOCOL } from '../../protocol/index.js';

/**
 * TLS for both ends of a peer connection: 1.3 only, both show a certificate. Chains mean nothing here, so the library's
 * own check is off: the device id, which is the digest of the key, is checked instead, before any application byte.
 */
export function peerTlsOptions(identity: TlsIdentity): SecureContextOptions & CommonConnectionOptions {
  return {
    key: identity.privateKeyPem,
    cert: identity.certificatePem,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // AES-128 first: measured faster than AES-256 and ChaCha20 wherever the processor has AES instructions.
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    ALPNProtocols: [PEER_PROTOCOL],
    rejectUnauthorized: false,
  };
}

/** The id of the device at the other end, once the handshake is done; undefined when it shows no key or speaks something else. */
export function peerDeviceId(socket: TLSSocket): string | undefined {
  if (socket.alpnProtocol !== PEER_PROTOCOL) return undefined;
  const certificate = socket.getPeerX509Certificate(); // where a socket was dialled, Node answers this once only
  return certificate && keyId(certificate.publicKey);
}
