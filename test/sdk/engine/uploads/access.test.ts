import assert from 'node:assert/strict';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import { type Frame, manifestId, type TicketClaims } from '../../../../sdk/protocol/index.js';
import { RawRequester } from '../raw-requester.js';
import { Bench, GROUP, type Peer, TicketIssuer } from '../support.js';

describe('access to served files', () => {
  let bench: Bench;
  let seeder: Peer;
  let openAndAsk: Frame[];

  before(async () => {
    bench = new Bench();
    seeder = await bench.peer(3);
    const manifest = await bench.serve(seeder, bench.file('secret', 1000));
    openAndAsk = [
      { type: 'open', channel: 1, manifestId: manifestId(manifest), groupId: GROUP },
      { type: 'request', channel: 1, piece: 0, offset: 0, length: 1000 },
      { type: 'ping', nonce: 1 },
    ];
  });
  after(() => bench.close());

  const nowSeconds = () => Math.floor(Date.now() / 1000);

  async function showing(claims: Partial<TicketClaims>, office: TicketIssuer, ownDevice = true) {
    const identity = await createTlsIdentity('visitor');
    const deviceId = ownDevice ? identity.id : 'ab'.repeat(32);
    const requester = await RawRequester.connect(seeder.source, bench.transportOf(identity));
    requester.send({ type: 'ticket', ticket: await office.sign(deviceId, { epo: 3, ...claims }) }, ...openAndAsk);
    return requester;
  }

  it('is given to a member with a ticket that holds', async () => {
    const requester = await showing({}, bench.office);
    await requester.hears();
    requester.close();
  });

  const strangers: [who: string, visit: () => Promise<RawRequester>][] = [
    [
      'a stranger with no ticket',
      async () => {
        const requester = await RawRequester.connect(
          seeder.source,
          bench.transportOf(await createTlsIdentity('stranger')),
        );
        requester.send(...openAndAsk);
        return requester;
      },
    ],
    ['a forged ticket', () => showing({}, new TicketIssuer())],
    ['an expired ticket', () => showing({ iat: nowSeconds() - 400, exp: nowSeconds() - 100 }, bench.office)],
    ["another device's ticket", () => showing({}, bench.office, false)],
    ['a member of another group', () => showing({ grp: 'other' }, bench.office)],
    ['a ticket of an old epoch', () => showing({ epo: 2 }, bench.office)],
    [
      'something that is no ticket',
      async () => {
        const requester = await RawRequester.connect(
          seeder.source,
          bench.transportOf(await createTlsIdentity('stranger')),
        );
        requester.send({ type: 'ticket', ticket: 'eyJhbGciOiJub25lIn0.e30.' }, ...openAndAsk);
        return requester;
      },
    ],
    [
      'noise',
      async () => {
        const requester = await RawRequester.connect(
          seeder.source,
          bench.transportOf(await createTlsIdentity('stranger')),
        );
        requester.sendRaw(Buffer.alloc(4096, 0xff));
        return requester;
      },
    ],
  ];
  for (const [who, visit] of strangers) {
    it(`is not given to ${who}: not one byte`, async () => {
      const requester = await visit();
      await requester.hungUp();
      assert.equal(requester.receivedBytes, 0);
    });
  }

  it('ends for a member who is removed while connected, and for his old ticket', async () => {
    const removed = await showing({ sub: 'mallory' }, bench.office);
    const other = await showing({ sub: 'alice' }, bench.office);
    await Promise.all([removed.hears(), other.hears()]);
    seeder.engine.send({ type: 'removal', groupId: GROUP, epoch: 4, userId: 'mallory' });
    await removed.hungUp();
    const again = await showing({ sub: 'mallory', epo: 3 }, bench.office);
    await again.hungUp();
    assert.equal(again.receivedBytes, 0);
    const renewed = await showing({ sub: 'alice', epo: 4 }, bench.office);
    await renewed.hears();
    renewed.close();
    other.close();
  });

  it('ends at once for everyone when this device stops serving', async () => {
    const lonely = await bench.peer(3);
    const manifest = await bench.serve(lonely, bench.file('mine', 10));
    const identity = await createTlsIdentity('visitor');
    const requester = await RawRequester.connect(lonely.source, bench.transportOf(identity));
    requester.send(
      { type: 'ticket', ticket: await bench.office.sign(identity.id, { epo: 3 }) },
      { type: 'open', channel: 1, manifestId: manifestId(manifest), groupId: GROUP },
    );
    await requester.hears();
    lonely.engine.send({ type: 'stopServing' });
    await requester.hungUp();
  });

  it('is refused beyond the protocol: what is not there, too much at once, blocks outside the file', async () => {
    const wrong: Frame[][] = [
      [{ type: 'request', channel: 1, piece: 1, offset: 0, length: 1 }],
      [{ type: 'request', channel: 1, piece: 0, offset: 0, length: 1001 }],
      [{ type: 'open', channel: 1, manifestId: '00'.repeat(32), groupId: GROUP }],
    ];
    for (const frames of wrong) {
      const requester = await showing({ epo: 4 }, bench.office);
      await requester.hears();
      requester.send(...frames);
      await requester.hungUp();
    }
  });
});
