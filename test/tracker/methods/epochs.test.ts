import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { signTicket } from '../../../sdk/identity/index.js';
import { TICKET_CLAIMS } from '../../../sdk/protocol/index.js';
import { RawBench } from '../raw-bench.js';

const LAB = { groupId: 'lab' };

describe('epochs of a tracker that was restored from a backup', () => {
  let bench: RawBench;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start();
  });
  afterEach(() => bench.close());

  it('rise to those that its own tickets prove, and to no others', async () => {
    const [ann, bob] = [await bench.member('ann'), await bench.member('bob')];
    await bench.group(ann, bob);
    const { epoch } = await ann.call('ticket', LAB);
    await bench.tracker.close();
    const [data, backup] = [join(bench.folder, 'data'), join(bench.folder, 'backup')];
    cpSync(data, backup, { recursive: true });

    await bench.start();
    const later = await bench.guest(ann.identity);
    await later.resume(ann.token);
    await later.call('removeMember', { ...LAB, userId: 'bob' });
    const { ticket } = await later.call('ticket', LAB);
    await bench.tracker.close();

    await bench.start({ dataDir: backup });
    const member = await bench.guest(bob.identity);
    await member.resume(bob.token);
    const epochNow = async () => (await member.call('ticket', LAB)).epoch;
    assert.equal(await epochNow(), epoch);
    const claims = TICKET_CLAIMS.parse(JSON.parse(Buffer.from(ticket.split('.')[1] ?? '', 'base64url').toString()));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = await signTicket({ ...claims, epo: epoch + 9 }, privateKey, 'none');
    assert.deepEqual(await member.call('proveEpochs', { tickets: [forged, 'no ticket'] }), {});
    assert.equal(await epochNow(), epoch);
    await member.call('proveEpochs', { tickets: [forged, ticket] });
    assert.equal(await epochNow(), epoch + 1);
    await member.call('proveEpochs', { tickets: [ticket] });
    assert.equal(await epochNow(), epoch + 1);
  });
});
