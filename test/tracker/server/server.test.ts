import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { keyId } from '../../../sdk/identity/index.js';
import { createManifest, encodeManifest, MAX_MANIFEST_BYTES } from '../../../sdk/protocol/index.js';
import { Passwords } from '../../../tracker/accounts/passwords.js';
import type { Device } from '../device.js';
import { TrackerBench } from '../support.js';

describe("the tracker's server", () => {
  let bench: TrackerBench;
  afterEach(() => bench.close());

  interface Answer {
    status: number;
    text: string;
  }

  /** Sends a plain HTTPS request. */
  function http(
    method: string,
    path: string,
    headers: Record<string, string | number> = {},
    body?: Uint8Array,
  ): Promise<Answer> {
    const { host, port } = bench.tracker;
    return new Promise((resolve, reject) => {
      const call = request(
        { host, port, method, path, headers, rejectUnauthorized: false, agent: false },
        (response) => {
          let text = '';
          response.setEncoding('latin1').on('data', (chunk: string) => {
            text += chunk;
          });
          response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      call.once('error', reject);
      call.end(body);
    });
  }

  function socket(): WebSocket {
    const { host, port } = bench.tracker;
    const opened = new WebSocket(`wss://${host}:${port}/shoal`, { rejectUnauthorized: false });
    opened.on('error', () => {});
    return opened;
  }

  it('refuses a WebSocket from a page of another site', async () => {
    bench = await new TrackerBench().start();
    const { host, port } = bench.tracker;
    const url = `wss://${host}:${port}/shoal`;
    for (const origin of [
      'https://evil.example',
      'null',
      `http://${host}:${port}`,
      `https://${host}:1`,
      'https://localhost',
    ]) {
      const opened = new WebSocket(url, { rejectUnauthorized: false, headers: { origin } });
      const [error] = (await once(opened, 'error')) as [Error];
      assert.match(error.message, /403/);
    }
    for (const headers of [{}, { origin: `https://${host}:${port}` }]) {
      const opened = new WebSocket(url, { rejectUnauthorized: false, headers });
      await once(opened, 'open');
      opened.terminate();
    }
  });

  it('shows the key that its fingerprint names', async () => {
    bench = await new TrackerBench().start();
    const { host, port, fingerprint, infoLine, url } = bench.tracker;
    const tls = connect({ host, port, rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    const certificate = tls.getPeerX509Certificate();
    assert.equal(certificate && keyId(certificate.publicKey), fingerprint);
    assert.equal(infoLine, `${host} ${port} ${fingerprint}`);
    assert.equal(url, `wss://${host}:${port}#${fingerprint}`);
    tls.destroy();
  });

  it('reports its health and its metrics', async () => {
    bench = await new TrackerBench().start();
    await bench.user('ann');
    assert.deepEqual(await http('GET', '/healthz'), { status: 200, text: 'alive\n' });
    assert.deepEqual(await http('GET', '/readyz'), { status: 200, text: 'ready\n' });
    const { text } = await http('GET', '/metrics');
    for (const line of [
      'shoal_users 1',
      'shoal_devices_online 1',
      'shoal_requests_total{method="login",outcome="ok"} 1',
    ]) {
      assert.ok(text.includes(line), line);
    }
    assert.equal((await http('GET', '/')).status, 404);
    assert.equal((await http('DELETE', '/healthz')).status, 404);
  });

  it('accepts manifests, and sends them to members', async () => {
    bench = await new TrackerBench().start();
    const [ann, eve]: Device[] = await Promise.all([bench.user('ann'), bench.user('eve')]);
    assert.ok(ann && eve);
    const digest = Buffer.alloc(20, 1);
    const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    const bytes = encodeManifest(manifest);
    const path = `/manifests/${manifest.id}`;
    const auth = (device: Device) => ({ authorization: `Bearer ${bench.tokenOf(device)}` });

    assert.equal((await http('PUT', path, {}, bytes)).status, 401);
    assert.equal((await http('PUT', path, { authorization: 'Bearer nonsense' }, bytes)).status, 401);
    assert.equal((await http('PUT', path, { ...auth(ann), 'transfer-encoding': 'chunked' }, bytes)).status, 411);
    assert.equal(
      (await http('PUT', path, auth(ann), bytes)).status,
      403,
      'who is in no group has nobody to share with',
    );
    await ann.call('createGroup', { groupId: 'lab' });
    assert.equal((await http('PUT', path, { ...auth(ann), 'content-length': MAX_MANIFEST_BYTES + 1 })).status, 413);
    assert.equal((await http('PUT', path, auth(ann), Buffer.from('garbage'))).status, 422);
    assert.equal((await http('PUT', `/manifests/${'0'.repeat(64)}`, auth(ann), bytes)).status, 422);
    for (let time = 0; time < 2; time++) assert.equal((await http('PUT', path, auth(ann), bytes)).status, 204);

    assert.equal((await http('GET', path, auth(ann))).status, 404, 'no file has it yet');
    await ann.call('shareFile', { groupId: 'lab', fileName: 'a', manifestId: manifest.id });
    assert.deepEqual(await http('GET', path, auth(ann)), { status: 200, text: Buffer.from(bytes).toString('latin1') });
    const refused = await http('GET', path, auth(eve));
    assert.equal(refused.status, 404);
    assert.equal((JSON.parse(refused.text) as { code: string }).code, 'MANIFEST_MISSING');
  });

  it('answers invalid requests as JSON-RPC requires, and continues', async () => {
    bench = await new TrackerBench().start();
    const raw = socket();
    await once(raw, 'open');
    const answers: unknown[] = [];
    for (const text of [
      'nonsense',
      '{"jsonrpc":"2.0","id":1,"method":"nosuch"}',
      '{"jsonrpc":"2.0","id":2,"method":"listGroups","error":{"code":7}}',
      '{"jsonrpc":"2.0","id":3,"method":"hello","params":{}}',
    ]) {
      raw.send(text);
      const [data] = (await once(raw, 'message')) as [Buffer];
      answers.push((JSON.parse(data.toString()) as { error: { code: number; data?: { code: string } } }).error);
    }
    const codes = answers.map(
      (error) => (error as { data?: { code: string }; code: number }).data?.code ?? (error as { code: number }).code,
    );
    assert.deepEqual(codes, [-32_700, -32_601, 'PROTOCOL_ERROR', 'INVALID_ARGUMENT']);
    raw.terminate();
  });

  it('closes a connection that sends too much at once, or anything but text', async () => {
    bench = await new TrackerBench().start();
    for (const [message, code] of [
      ['x'.repeat(1024 * 1024 + 1), 1009],
      [Buffer.from([1, 2, 3]), 1003],
    ] as const) {
      const raw = socket();
      await once(raw, 'open');
      raw.send(message);
      const [closedWith] = (await once(raw, 'close')) as [number];
      assert.equal(closedWith, code);
    }
  });

  it('bounds the requests of a connection', async () => {
    bench = await new TrackerBench().start({ limits: { requestBurst: 2, requestsPerSecond: 0.001 } });
    const eager = socket();
    await once(eager, 'open');
    const answers: string[] = [];
    const all = new Promise<void>((resolve) => {
      eager.on('message', (data: Buffer) => {
        answers.push(data.toString());
        if (answers.length === 3) resolve();
      });
    });
    for (const id of [1, 2, 3])
      eager.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'hello', params: { protocol: 1, client: 'x' } }));
    await all;
    const limited = answers.filter((answer) => answer.includes('RATE_LIMITED'));
    assert.equal(limited.length, 1, answers.join());
    assert.match(String(limited), /"id":3/);
  });

  it('bounds the connections of an address: the oldest one before a sign-in makes room', async () => {
    bench = await new TrackerBench().start({ limits: { connectionsPerAddress: 2 } });
    const oldest = socket();
    await once(oldest, 'open');
    const second = socket();
    await once(second, 'open');
    const closed = once(oldest, 'close');
    const third = socket();
    await Promise.all([closed, once(third, 'open')]);
    assert.equal(second.readyState, WebSocket.OPEN);
    for (const open of [second, third]) open.terminate();
  });

  it('bounds the time without a sign-in', async () => {
    bench = await new TrackerBench().start({ limits: { signInTimeoutMs: 50 } });
    const idle = socket();
    await once(idle, 'open');
    const [code] = (await once(idle, 'close')) as [number];
    assert.equal(code, 1008);
  });

  it('closes a connection whose other end answers no ping', async () => {
    bench = await new TrackerBench().start({ limits: { pingEveryMs: 30 } });
    const { host, port } = bench.tracker;
    const deaf = new WebSocket(`wss://${host}:${port}/shoal`, { rejectUnauthorized: false, autoPong: false });
    deaf.on('error', () => {});
    await once(deaf, 'close');
    const alive = socket();
    await once(alive, 'open');
    for (let ping = 0; ping < 4; ping++) await once(alive, 'ping');
    assert.equal(alive.readyState, WebSocket.OPEN);
    alive.terminate();
  });

  it('closes connections that have sent nothing when it is stopped', async () => {
    bench = await new TrackerBench().start({ limits: { silentTimeoutMs: 3_600_000 } });
    const { host, port } = bench.tracker;
    const silent = createConnection({ host, port });
    await once(silent, 'connect');
    const ended = once(silent.resume(), 'close');
    await Promise.all([bench.tracker.close(), ended]);
  });

  it('answers current requests when it is stopped, and closes with a reason', async () => {
    bench = await new TrackerBench().start({}, new Passwords());
    const raw = socket();
    await once(raw, 'open');
    raw.send('{"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"client":"x"}}');
    await once(raw, 'message');
    raw.send('{"jsonrpc":"2.0","id":2,"method":"createUser","params":{"userId":"ann","password":"x"}}');
    raw.send('{"jsonrpc":"2.0","id":3,"method":"hello","params":{"protocol":1,"client":"x"}}');
    await once(raw, 'message'); // the second hello is answered while the password is still being hashed
    const answered = once(raw, 'message');
    const closed = once(raw, 'close');
    await bench.tracker.close();
    const [data] = (await answered) as [Buffer];
    assert.deepEqual((JSON.parse(data.toString()) as { result: unknown }).result, { userId: 'ann' });
    assert.equal(((await closed) as [number])[0], 1001);
  });
});
