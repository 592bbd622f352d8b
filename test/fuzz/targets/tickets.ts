import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { Access } from '../../../sdk/engine/uploads/access.js';
import { SYSTEM_CLOCK } from '../../../sdk/engine/util/clock.js';
import { createTlsIdentity, keyId, signChallenge, signTicket, verifyChallenge } from '../../../sdk/identity/index.js';
import { MAX_TICKET_BYTES } from '../../../sdk/protocol/index.js';
import { changedJson } from '../json-mutations.js';
import { changed, type Sample } from '../mutations.js';
import type { FuzzTarget } from '../target.js';

const DEVICE_ID = 'ab'.repeat(32);
const KID = 'the key';

/** Group tickets, as a serving peer admits them: only what the tracker signed, for this device and one of its groups. */
export async function ticketsTarget(): Promise<FuzzTarget> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const { x, y } = publicKey.export({ format: 'jwk' });
  const access = new Access(SYSTEM_CLOCK, () => {});
  access.trust([{ kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '', kid: KID }]);
  access.setTime(Date.now());
  access.setGroups([{ groupId: 'lab', epoch: 3 }]);

  const now = Math.floor(Date.now() / 1000);
  const good = { grp: 'lab', sub: 'ann', dev: DEVICE_ID, epo: 3, iat: now, exp: now + 7 * 86_400 };
  const odd: object[] = [{ epo: 2 }, { grp: 'other' }, { dev: 'cd'.repeat(32) }, { exp: now - 100 }, { exp: 1e300 }];
  const wrong: object[] = [{ sub: 7 }, { epo: -1 }, { dev: 'x' }, { nbf: now + 9e9 }, { iat: 'now' }, { grp: null }];
  const claims = [good, ...[...odd, ...wrong].map((change) => ({ ...good, ...change }))];
  const signed = await Promise.all(claims.map((one) => signTicket(one, privateKey, KID)));
  signed.push(await signTicket(good, other, KID), await signTicket(good, privateKey, 'another key'));
  const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [, payload = '', signature = ''] = (signed[0] ?? '').split('.');
  for (const value of [
    { alg: 'none', typ: 'shoal-ticket', kid: KID },
    { alg: 'HS256', typ: 'shoal-ticket', kid: KID },
    { alg: 'ES256', typ: 'shoal-ticket', kid: KID, crit: ['b64'], b64: false },
    { alg: 'ES256', typ: 'shoal-ticket', kid: KID, zip: 'DEF' },
    { alg: 'ES256', typ: 'shoal-ticket', kid: KID, jwk: { kty: 'EC', crv: 'P-256', x, y } },
  ])
    signed.push(`${header(value)}.${payload}.${signature}`);

  const pool: Sample[] = signed.map((ticket) => ({ bytes: Buffer.from(ticket), fields: dots(ticket) }));
  return {
    inputs: () => changed(pool, undefined, 3),
    mostBuffer: (bytes) => 2 * bytes.length + 4096,
    decode: async ({ bytes }) => {
      const ticket = bytes.toString('latin1', 0, MAX_TICKET_BYTES);
      try {
        assert.deepEqual(await access.admit(ticket, DEVICE_ID), good);
      } catch (error) {
        if (!(error instanceof Error) || error instanceof assert.AssertionError || error instanceof RangeError)
          throw error;
      }
    },
  };
}

function dots(ticket: string): number[] {
  return [...ticket.matchAll(/\./g)].map(({ index }) => index);
}

/** A device's proof of its key, as the tracker reads it: refused in silence, never with an error. */
export async function proofsTarget(): Promise<FuzzTarget> {
  const device = await createTlsIdentity('device');
  const pool = ['challenge', 'another'].map((challenge) => signChallenge(device, 'tracker', challenge));
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'der' });
  const ed = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
  for (const key of [rsa, ed]) pool.push({ publicKey: key.toString('base64url'), proof: pool[0]?.proof ?? '' });
  return {
    inputs: () => changedJson(pool),
    mostBuffer: (bytes) => 2 * bytes.length + 4096,
    decode: ({ bytes }) => {
      const signed = readProof(bytes.toString('utf8'));
      if (!signed) return;
      const deviceId = verifyChallenge(signed, 'tracker', 'challenge');
      if (deviceId !== undefined) assert.equal(deviceId, onlyIdOf(signed.publicKey));
    },
  };
}

/** A key's id by its point alone, however it was written. */
function onlyIdOf(publicKey: string): string {
  const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), type: 'spki', format: 'der' });
  return keyId(createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }));
}

/** The two strings that the tracker's schema lets through. */
function readProof(text: string): { publicKey: string; proof: string } | undefined {
  try {
    const { publicKey, proof } = JSON.parse(text) as Record<string, unknown>;
    return typeof publicKey === 'string' && typeof proof === 'string' ? { publicKey, proof } : undefined;
  } catch {
    return undefined;
  }
}
