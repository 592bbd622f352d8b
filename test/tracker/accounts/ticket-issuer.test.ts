import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { TicketIssuer } from '../../../tracker/accounts/ticket-issuer.js';

function issuer(): TicketIssuer {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new TicketIssuer(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

describe('tickets that are shown to their tracker', () => {
  const holder = { groupId: 'lab', userId: 'ann', deviceId: 'ab'.repeat(32), epoch: 7 };

  it('are believed long after they expired, and only if it signed them', async () => {
    const [mine, other] = [issuer(), issuer()];
    const { ticket } = await mine.sign(holder, 1_000_000);
    const claims = await mine.claimsOf(ticket);
    assert.deepEqual([claims?.grp, claims?.epo], ['lab', 7]);
    assert.equal(await other.claimsOf(ticket), undefined);
    assert.equal(await mine.claimsOf(`${ticket.slice(0, -2)}AA`), undefined);
    assert.equal(await mine.claimsOf(''), undefined);
  });
});
