import { createPublicKey, type KeyObject } from 'node:crypto';

/** The bytes before the two coordinates of a P-256 key in its usual encoding (SPKI, DER, uncompressed point). */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const COORDINATE_BYTES = 32;

/**
 * Decodes a P-256 key in its usual encoding; undefined for all other bytes, because other encodings (compressed,
 * hybrid) of the same key would have other ids. It imports the coordinates instead of the DER: OpenSSL accepts a point
 * at infinity, and Node 20 crashes when it reads the details of such a key.
 */
export function readP256(der: Buffer): KeyObject | undefined {
  if (der.length !== SPKI_HEAD.length + 2 * COORDINATE_BYTES || !der.subarray(0, SPKI_HEAD.length).equals(SPKI_HEAD))
    return undefined;
  const x = der.toString('base64url', SPKI_HEAD.length, SPKI_HEAD.length + COORDINATE_BYTES);
  const y = der.toString('base64url', SPKI_HEAD.length + COORDINATE_BYTES);
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined; // not a point on the curve
  }
}

/** Returns the public half of a private key. @throws Error if it is not a P-256 key */
export function publicP256Of(privateKey: KeyObject): KeyObject {
  const publicKey = readP256(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  if (!publicKey) throw new Error('the key is not of the curve P-256');
  return publicKey;
}
