import type { CommonConnectionOptions, SecureContextOptions, TLSSocket } from 'node:tls';
import { PEER_PROTOCOL } from '../protocol/index.js';
import { keyId, type TlsIdentity } from './key-pair.js';

/**
 * TLS options of both ends of a peer connection: TLS 1.3 only, and both ends present a certificate. Certificate chains have no meaning
 * here, so the library's verification is off. Instead, each end verifies the device id, which is the digest of the key, before any
 * application data.
 */
export function peerTlsOptions(identity: TlsIdentity): SecureContextOptions & CommonConnectionOptions {
  return {
    key: identity.privateKeyPem,
    cert: identity.certificatePem,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    // AES-128 first: it is faster than AES-256 and ChaCha20 on all processors with AES instructions.
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    ALPNProtocols: [PEER_PROTOCOL],
    rejectUnauthorized: false,
  };
}

/** The device id of the remote end after the handshake; undefined if it presents no key or speaks another protocol. */
export function peerDeviceId(socket: TLSSocket): string | undefined {
  if (socket.alpnProtocol !== PEER_PROTOCOL) return undefined;
  const certificate = socket.getPeerX509Certificate(); // on a dialled socket, Node returns this only once
  return certificate && keyId(certificate.publicKey);
}
