import assert from 'node:assert/strict';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import { type Frame, manifestId } from '../../../../sdk/protocol/index.js';
import { RawRequester } from '../raw-requester.js';
import { Bench, GROUP } from '../support.js';

describe('a listener for peers', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ over: 'tls' });
  });
  afterEach(() => bench.close());

  it('keeps four connections of a device at a time: the oldest goes', async () => {
    const seeder = await bench.peer();
    const manifest = await bench.serve(seeder, bench.file('secret', 1000));
    const open: Frame = { type: 'open', channel: 1, manifestId: manifestId(manifest), groupId: GROUP };
    const identity = await createTlsIdentity('visitor');
    const ticket = await bench.office.sign(identity.id);
    const requesters: RawRequester[] = [];
    for (let count = 0; count < 5; count++) {
      const requester = await RawRequester.connect(seeder.source, bench.transportOf(identity));
      requester.send({ type: 'ticket', ticket }, open);
      await requester.hears();
      requesters.push(requester);
    }
    const [oldest, ...others] = requesters;
    await oldest?.hungUp();
    for (const requester of others) {
      const before = requester.receivedBytes;
      requester.send({ type: 'ping', nonce: 2 });
      await requester.hearsMoreThan(before);
      requester.close();
    }
    assert.equal(others.length, 4);
  });
});
