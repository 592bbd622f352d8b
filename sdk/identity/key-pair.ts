import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  webcrypto,
} from 'node:crypto';
import * as z from 'zod';
import { publicP256Of } from './p256.js';

/** A key and a certificate for TLS, and the id that others pin. */
export interface TlsIdentity {
  /** The SHA-256 of the public key (SPKI, DER): 64 hexadecimal digits. */
  readonly id: string;
  /** The private key (PKCS #8), PEM. */
  readonly privateKeyPem: string;
  /** The certificate, PEM. */
  readonly certificatePem: string;
}

/**
 * The id of a public key. It is pinned instead of the certificate, so that a renewed certificate keeps the identity.
 */
export function keyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/**
 * Creates an ECDSA P-256 key with a self-signed certificate. BoringSSL (Electron) refuses Ed25519 certificates. The
 * validity has no meaning, because peers pin the key; it is long so that nothing warns.
 */
export async function createTlsIdentity(commonName: string): Promise<TlsIdentity> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return {
    id: keyId(createPublicKey(privateKey)),
    privateKeyPem,
    certificatePem: await selfSign(privateKey, commonName),
  };
}

const WRITTEN = z.object({ privateKeyPem: z.string(), certificatePem: z.string() });

/**
 * Validates a stored identity: recalculates its `id`, and checks that the key and the certificate match.
 * @throws Error if they do not match, or are not a P-256 key and certificate
 */
export function readTlsIdentity(written: unknown): TlsIdentity {
  const parts = WRITTEN.parse(written);
  const id = keyId(publicP256Of(createPrivateKey(parts.privateKeyPem)));
  if (keyId(createPublicKey(parts.certificatePem)) !== id)
    throw new Error('key and certificate do not belong together');
  return { id, ...parts };
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const VALID_YEARS = 50;

async function selfSign(privateKey: KeyObject, commonName: string): Promise<string> {
  // Loaded only to create a certificate, once in the life of a device. The library needs the metadata polyfill first.
  await import('reflect-metadata');
  const { X509CertificateGenerator } = await import('@peculiar/x509');
  const privateDer = privateKey.export({ type: 'pkcs8', format: 'der' });
  const publicDer = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const notBefore = new Date(Date.now() - 24 * 3_600_000);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + VALID_YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ CN: [commonName] }],
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys: {
      privateKey: await webcrypto.subtle.importKey('pkcs8', privateDer, ALGORITHM, true, ['sign']),
      publicKey: await webcrypto.subtle.importKey('spki', publicDer, ALGORITHM, true, ['verify']),
    },
  });
  return certificate.toString('pem');
}
