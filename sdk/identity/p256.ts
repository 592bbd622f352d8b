import { createPublicKey, type KeyObject } from 'node:crypto';

/** What comes before the two coordinates of a P-256 key in its usual form (SPKI, DER, point uncompressed). */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');
const COORDINATE_BYTES = 32;

/**
 * Reads a P-256 key in its one usual form; undefined when the bytes are anything else. Written in another form (compressed,
 * hybrid), the same key would have another id. The coordinates are imported, not the DER: OpenSSL reads a point at infinity,
 * and Node 20 ends the whole process when it is asked for that key's details.
 */
export function readP256(der: Buffer): KeyObject | undefined {
  if (der.length !== SPKI_HEAD.length + 2 * COORDINATE_BYTES || !der.subarray(0, SPKI_HEAD.length).equals(SPKI_HEAD))
    return undefined;
  const x = der.toString('base64url', SPKI_HEAD.length, SPKI_HEAD.length + COORDINATE_BYTES);
  const y = der.toString('base64url', SPKI_HEAD.length + COORDINATE_BYTES);
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined; // no point of the curve
  }
}

/** The public half of a private key. @throws Error when that is no P-256 key */
export function publicP256Of(privateKey: KeyObject): KeyObject {
  const publicKey = readP256(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  if (!publicKey) throw new Error('the key is not of the curve P-256');
  return publicKey;
}
