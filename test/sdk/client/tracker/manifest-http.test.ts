import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { checkManifest, getManifest } from '../../../../sdk/client/tracker/manifest-http.js';
import { PinnedAgent } from '../../../../sdk/client/tracker/pinned-agent.js';
import { createTlsIdentity } from '../../../../sdk/identity/index.js';
import { createManifest, encodeManifest } from '../../../../sdk/protocol/index.js';
import { hasCode } from '../../../support/has-code.js';

function made(seed: number): { id: string; bytes: Uint8Array } {
  const digest = Buffer.alloc(20, seed);
  const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 5, fileDigest: digest, pieceDigests: digest });
  return { id: manifest.id, bytes: encodeManifest(manifest) };
}

describe('a manifest from the tracker', () => {
  const TOKEN = 'a token';
  const [one, other] = [made(1), made(2)];
  /** What the tracker answers next. */
  let answer: { readonly status: number; readonly body: Uint8Array | string };
  let server: Server;
  let agent: PinnedAgent;
  let asked: (string | undefined)[];

  before(async () => {
    const identity = await createTlsIdentity('tracker');
    server = createServer({ key: identity.privateKeyPem, cert: identity.certificatePem }, (request, response) => {
      asked = [request.method, request.url, request.headers.authorization];
      response.writeHead(answer.status).end(answer.body);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    agent = new PinnedAgent((fingerprint) => assert.equal(fingerprint, identity.id));
  });
  after(() => {
    agent.destroy();
    server.close();
  });

  function get(): Promise<Uint8Array> {
    const { port } = server.address() as AddressInfo;
    return getManifest(() => ({ location: { host: '127.0.0.1', port }, agent }), TOKEN, one.id);
  }

  it('is asked for with the token, and taken when it is the one that was asked for', async () => {
    answer = { status: 200, body: one.bytes };
    assert.deepEqual(new Uint8Array(await get()), new Uint8Array(one.bytes));
    assert.deepEqual(asked, ['GET', `/manifests/${one.id}`, `Bearer ${TOKEN}`]);
  });

  it('is refused when it is another, or none', async () => {
    answer = { status: 200, body: other.bytes };
    await assert.rejects(get(), hasCode('MANIFEST_INVALID'));
    answer = { status: 200, body: 'no manifest' };
    await assert.rejects(get(), hasCode('MANIFEST_INVALID'));
    assert.throws(() => checkManifest(one.id, other.bytes), hasCode('MANIFEST_INVALID'));
    assert.equal(checkManifest(one.id, one.bytes), one.bytes);
  });

  it("brings the tracker's own refusal, and says so where something else answers", async () => {
    answer = { status: 403, body: JSON.stringify({ code: 'NOT_A_MEMBER', message: 'You are no member.' }) };
    await assert.rejects(get(), hasCode('NOT_A_MEMBER'));
    answer = { status: 502, body: '<html>' };
    await assert.rejects(get(), hasCode('PROTOCOL_ERROR'));
  });
});
