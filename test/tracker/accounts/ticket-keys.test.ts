import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createTicketVerifier } from '../../../sdk/identity/index.js';
import { TicketIssuer } from '../../../tracker/accounts/ticket-issuer.js';
import { ANNOUNCED_MS, REPLACED_MS, TicketKeys } from '../../../tracker/accounts/ticket-keys.js';

function issuer(): TicketIssuer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new TicketIssuer(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

const HOLDER = { groupId: 'lab', userId: 'ann', deviceId: 'ab'.repeat(32), epoch: 7 };

describe('tickets that are shown to their tracker', () => {
  it('are believed long after they expired, and only if it signed them', async () => {
    const [mine, other] = [new TicketKeys(issuer()), new TicketKeys(issuer())];
    const { ticket } = await mine.sign(HOLDER, 1_000_000);
    const claims = await mine.claimsOf(ticket, 1e12);
    assert.deepEqual([claims?.grp, claims?.epo], ['lab', 7]);
    assert.equal(await other.claimsOf(ticket, 1e12), undefined);
    assert.equal(await mine.claimsOf(`${ticket.slice(0, -2)}AA`, 1e12), undefined);
    assert.equal(await mine.claimsOf('', 1e12), undefined);
  });
});

describe('a key of tickets that is replaced', () => {
  const announcedAtMs = 1e12;
  const [former, next] = [issuer(), issuer()];
  const keys = new TicketKeys(former, { issuer: next, announcedAtMs });
  const kidsAt = (nowMs: number) => keys.publicKeys(nowMs).map(({ kid }) => kid);
  const [one, two] = [former.publicKey.kid, next.publicKey.kid];

  it('signs until all can know the next one, and counts until its last tickets have expired', () => {
    assert.deepEqual(kidsAt(announcedAtMs), [one, two]);
    assert.deepEqual(kidsAt(announcedAtMs + ANNOUNCED_MS - 1), [one, two]);
    assert.deepEqual(kidsAt(announcedAtMs + ANNOUNCED_MS), [two, one]);
    assert.deepEqual(kidsAt(announcedAtMs + REPLACED_MS - 1), [two, one]);
    assert.deepEqual(kidsAt(announcedAtMs + REPLACED_MS), [two]);
  });

  it('leaves no time at which a peer that heard of the last change refuses a ticket', async () => {
    const step = ANNOUNCED_MS / 4;
    for (let at = 0; at <= REPLACED_MS + step; at += step) {
      const nowMs = announcedAtMs + at;
      const { ticket } = await keys.sign(HOLDER, nowMs);
      // Of any node whose clock differs by some minutes, and of a peer that knows the keys of some minutes ago.
      for (const knownMs of [nowMs - step, nowMs, nowMs + step])
        if (knownMs >= announcedAtMs) await createTicketVerifier(keys.publicKeys(knownMs))(ticket);
    }
  });

  it('is the only one again after the next rotation has read it as the present one', async () => {
    keys.replace(next, undefined);
    assert.deepEqual(kidsAt(0), [two]);
  });
});
