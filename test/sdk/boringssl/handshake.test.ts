import assert from 'node:assert/strict';
import { BunEnd } from './bun-end.js';
import type { End, Manner, Seen } from './end.js';
import { OwnEnd } from './own-end.js';

const AGREED = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  alpn: 'shoal/1',
} satisfies Partial<Seen>;

const REFUSED: readonly Manner[] = ['no certificate', 'another protocol', 'no protocol', 'TLS 1.2'];

/** The SDK's server and link with both libraries; whole clients are tested in `test/e2e/boringssl`. */
for (const [serving, dialling] of [
  ['OpenSSL', 'BoringSSL'],
  ['BoringSSL', 'OpenSSL'],
] as const)
  describe(`the peer handshake: ${serving} serves, ${dialling} dials`, () => {
    let ends: readonly End[] = [];
    let server: End;
    let client: End;
    let calls = 0;

    before(async () => {
      const own = await OwnEnd.open();
      ends = [own];
      const other = await BunEnd.open();
      ends = [own, other];
      [server, client] = serving === 'OpenSSL' ? [own, other] : [other, own];
    });
    after(() => Promise.all(ends.map((end) => end.close())));

    function ticket(): string {
      return `ticket-${++calls}`;
    }

    it('has the one library at the one end, and the other at the other', () => {
      assert.deepEqual([server.library, client.library], [serving, dialling]);
    });

    it('agrees on TLS 1.3, AES-128-GCM and the protocol, and names each device to the other by its key', async () => {
      const shown = ticket();
      const knock = await client.knock(server.port, 'by the rules', shown);
      assert.deepEqual(knock.seen, { ...AGREED, deviceId: server.deviceId });
      assert.ok(knock.bytes > 0);
      const [met, ...others] = await server.met(shown);
      assert.deepEqual(met?.seen, { ...AGREED, deviceId: client.deviceId });
      assert.deepEqual(others, []);
    });

    it('carries frames both ways between the link of a download and the server', async () => {
      const shown = ticket();
      assert.equal(await client.dial(server.port, server.deviceId, shown), 'FILE_NOT_FOUND');
      const met = await server.met(shown);
      assert.deepEqual(
        met.map((one) => one.seen.deviceId),
        [client.deviceId],
      );
    });

    it('tells a server with the certificate of another device nothing, not even the ticket', async () => {
      const elsewhere = await client.dial(server.port, client.deviceId, ticket());
      assert.equal(elsewhere, 'another device answers at that address');
      const shown = ticket();
      await client.dial(server.port, server.deviceId, shown);
      const others = (await server.met(shown)).filter((one) => one.ticket !== shown);
      for (const one of others) assert.deepEqual([one.bytes, one.ticket], [0, '']);
    });

    for (const manner of REFUSED)
      it(`refuses who dials with ${manner}: it gets no byte, and the server hands nobody on`, async () => {
        assert.equal((await client.knock(server.port, manner, ticket())).bytes, 0);
        const shown = ticket();
        await client.knock(server.port, 'by the rules', shown);
        assert.deepEqual(
          (await server.met(shown)).map((one) => one.ticket),
          [shown],
        );
      });
  });
