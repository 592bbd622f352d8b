import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { deviceProofText } from '../protocol/index.js';
import { keyId, type TlsIdentity } from './key-pair.js';
import { readP256 } from './p256.js';

/** The public key of a device, and its signature of the tracker's challenge. */
export interface SignedChallenge {
  /** The public key (SPKI, DER), base64url. */
  readonly publicKey: string;
  /** The signature, base64url. */
  readonly proof: string;
}

/** Proves to the tracker with this fingerprint that this device holds its private key. */
export function signChallenge(device: TlsIdentity, trackerFingerprint: string, challenge: string): SignedChallenge {
  const key = createPrivateKey(device.privateKeyPem);
  return {
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64url'),
    proof: sign('sha256', Buffer.from(deviceProofText(trackerFingerprint, challenge)), key).toString('base64url'),
  };
}

/**
 * Returns the id of the device that signed the challenge; undefined if the proof is invalid. Memory is proportional to
 * the two strings, which have at most 512 characters each in a message.
 */
export function verifyChallenge(
  signed: SignedChallenge,
  trackerFingerprint: string,
  challenge: string,
): string | undefined {
  const key = readP256(Buffer.from(signed.publicKey, 'base64url'));
  if (!key) return undefined;
  const text = Buffer.from(deviceProofText(trackerFingerprint, challenge));
  return verify('sha256', text, key, Buffer.from(signed.proof, 'base64url')) ? keyId(key) : undefined;
}
