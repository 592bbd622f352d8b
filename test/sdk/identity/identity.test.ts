import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  createTicketVerifier,
  createTlsIdentity,
  keyId,
  readTlsIdentity,
  signChallenge,
  signTicket,
  type TlsIdentity,
  verifyChallenge,
} from '../../../sdk/identity/index.js';
import type { TicketClaims, TicketKey } from '../../../sdk/protocol/index.js';

describe('an identity', () => {
  let device: TlsIdentity;
  before(async () => {
    device = await createTlsIdentity('a device');
  });

  it('is a P-256 key with a certificate that it signed itself', () => {
    const certificate = new X509Certificate(device.certificatePem);
    assert.equal(keyId(certificate.publicKey), device.id);
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
    assert.ok(certificate.verify(certificate.publicKey));
    assert.ok(
      new Date(certificate.validFrom) < new Date() && new Date(certificate.validTo) > new Date(Date.now() + 1e12),
    );
    assert.match(certificate.subject, /CN=a device/);
  });

  it("is read back as it was written, and not with another's certificate or another kind of key", async () => {
    assert.deepEqual(readTlsIdentity(device), device);
    const other = await createTlsIdentity('another');
    assert.throws(() => readTlsIdentity({ ...device, certificatePem: other.certificatePem }));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    assert.throws(() => readTlsIdentity({ ...device, privateKeyPem }));
    assert.throws(() => readTlsIdentity({ ...device, privateKeyPem: 'nothing' }));
  });

  it('proves itself to one tracker, for one challenge', () => {
    const signed = signChallenge(device, 'tracker', 'challenge');
    assert.equal(verifyChallenge(signed, 'tracker', 'challenge'), device.id);
    assert.equal(verifyChallenge(signed, 'tracker', 'another'), undefined);
    assert.equal(verifyChallenge(signed, 'another', 'challenge'), undefined);
    assert.equal(verifyChallenge({ ...signed, publicKey: 'AAAA' }, 'tracker', 'challenge'), undefined);
    assert.equal(verifyChallenge({ ...signed, proof: 'AAAA' }, 'tracker', 'challenge'), undefined);
  });
});

describe("a device's key", () => {
  it('has one form and one id', async () => {
    const device = await createTlsIdentity('a device');
    const signed = signChallenge(device, 'tracker', 'challenge');
    const usual = Buffer.from(signed.publicKey, 'base64url');
    const hybrid = Buffer.from(usual);
    hybrid.writeUInt8(6 + ((usual.at(-1) ?? 0) & 1), 26);
    assert.equal(createPublicKey({ key: hybrid, type: 'spki', format: 'der' }).type, 'public', 'OpenSSL takes it');
    const otherwise = { ...signed, publicKey: hybrid.toString('base64url') };
    assert.equal(verifyChallenge(otherwise, 'tracker', 'challenge'), undefined);
  });
});

describe('a key with its point at infinity', () => {
  // OpenSSL reads both. Node 20 ends the process when it is asked for their curve.
  const spki = '3019301306072a8648ce3d020106082a8648ce3d03010703020000';
  const pkcs8 = `3047020100301306072a8648ce3d020106082a8648ce3d030107042d302b0201010420${'01'.repeat(32)}a10403020000`;

  it('proves nothing', () => {
    const publicKey = Buffer.from(spki, 'hex').toString('base64url');
    assert.equal(verifyChallenge({ publicKey, proof: 'MAYCAQECAQE' }, 'tracker', 'challenge'), undefined);
  });

  it('is no identity', () => {
    const der = Buffer.from(pkcs8, 'hex').toString('base64');
    const privateKeyPem = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
    assert.throws(() => readTlsIdentity({ privateKeyPem, certificatePem: '' }));
  });
});

describe('a group ticket', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = keyId(createPublicKey(keys.privateKey));
  const jwk = keys.publicKey.export({ format: 'jwk' });
  const trusted: TicketKey[] = [{ kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y), kid }];
  const nowMs = 1_800_000_000_000;
  const claims: TicketClaims = {
    grp: 'lab',
    sub: 'alice',
    dev: 'ab'.repeat(32),
    epo: 3,
    iat: nowMs / 1000,
    exp: nowMs / 1000 + 300,
  };

  it('says what the tracker signed', async () => {
    const ticket = await signTicket(claims, keys.privateKey, kid);
    assert.deepEqual(await createTicketVerifier(trusted)(ticket), claims);
  });

  it('does not hold when forged, changed, of another kind, or signed by nobody', async () => {
    const verify = createTicketVerifier(trusted);
    const ticket = await signTicket(claims, keys.privateKey, kid);
    const [header = '', , signature = ''] = ticket.split('.');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const richer = Buffer.from(JSON.stringify({ ...claims, grp: 'board' })).toString('base64url');
    const unsigned = `${Buffer.from('{"alg":"none","typ":"shoal-ticket"}').toString('base64url')}.${richer}.`;
    await assert.rejects(verify(await signTicket(claims, other.privateKey, kid)));
    await assert.rejects(verify(`${header}.${richer}.${signature}`));
    await assert.rejects(verify(unsigned));
    await assert.rejects(verify(''));
    await assert.rejects(verify(await signTicket({ ...claims, dev: 'short' }, keys.privateKey, kid)));
  });
});
