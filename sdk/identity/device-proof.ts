import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { deviceProofText } from '../protocol/index.js';
import { keyId, type TlsIdentity } from './key-pair.js';

/** A device's public key (SPKI, DER, base64url) and its signature over the tracker's challenge. */
export interface SignedChallenge {
  readonly publicKey: string;
  readonly proof: string;
}

/** Proves to the tracker with this fingerprint that this device holds its key. */
export function signChallenge(device: TlsIdentity, trackerFingerprint: string, challenge: string): SignedChallenge {
  const key = createPrivateKey(device.privateKeyPem);
  return {
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64url'),
    proof: sign('sha256', Buffer.from(deviceProofText(trackerFingerprint, challenge)), key).toString('base64url'),
  };
}

/** The id of the device that signed the challenge, or undefined when the proof does not hold. */
export function verifyChallenge(
  signed: SignedChallenge,
  trackerFingerprint: string,
  challenge: string,
): string | undefined {
  const key = readPublicKey(signed.publicKey);
  if (!key) return undefined;
  const text = Buffer.from(deviceProofText(trackerFingerprint, challenge));
  return verify('sha256', text, key, Buffer.from(signed.proof, 'base64url')) ? keyId(key) : undefined;
}

function readPublicKey(base64url: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(base64url, 'base64url'), type: 'spki', format: 'der' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined; // whatever it was, it was no key: the proof does not hold
  }
}
