import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { RawBench } from '../raw-bench.js';

describe("the edges of the tracker's protocols", () => {
  let bench: RawBench;

  async function open(limits = {}): Promise<void> {
    bench = new RawBench();
    await bench.start({ limits });
  }
  afterEach(() => bench.close());

  it('answer an unknown path with 404, and nothing with 500', async () => {
    await open();
    for (const path of [
      '/',
      '//',
      '///',
      '/manifests/',
      '/manifests/xyz',
      '/shoal',
      '/healthz/x',
      '/%00',
      '/..//healthz',
    ])
      assert.equal((await bench.http('GET', path)).status, 404, path);
    for (const method of ['POST', 'DELETE', 'PUT']) assert.equal((await bench.http(method, '/healthz')).status, 404);
    assert.equal((await bench.http('GET', '/healthz?full')).status, 200);
  });

  it('accept WebSockets at one path only', async () => {
    await open();
    const { host, port } = bench.tracker;
    const socket = new WebSocket(`wss://${host}:${port}/other`, { rejectUnauthorized: false });
    socket.on('error', () => {});
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    assert.equal(response.statusCode, 400);
  });

  it('refuse with a reason in JSON', async () => {
    await open();
    const path = `/manifests/${'0'.repeat(64)}`;
    for (const authorization of ['', 'Bearer', 'Bearer nonsense', 'Basic YTpi', `Bearer ${'x'.repeat(200)}`]) {
      const { status, text } = await bench.http('GET', path, authorization ? { authorization } : {});
      assert.equal(status, 401);
      assert.equal((JSON.parse(text) as { code: string }).code, 'NOT_LOGGED_IN');
    }
    const ann = await bench.member('ann');
    const headers = { authorization: `Bearer ${ann.token}` };
    assert.equal((await bench.http('GET', path, headers)).status, 404);
    await ann.call('logout', {});
    assert.equal((await bench.http('GET', path, headers)).status, 401, 'the token ends with the session');
  });

  it('close every connection of a session when it ends, with an event', async () => {
    await open();
    const ann = await bench.member('ann');
    const same = await bench.guest();
    const other = await bench.secondDevice('ann');
    await same.call('resume', { token: ann.token, device: same.prove() });
    const told = once(same.socket, 'message');
    await ann.call('logout', {});
    assert.match(String((await told)[0]), /"sessionEnded".*"expired"/);
    assert.equal((await same.closed)[0], 1008);
    assert.equal(await other.outcome('listGroups', {}), 'ok', 'a session of its own');
    assert.equal(await ann.outcome('listGroups', {}), 'NOT_LOGGED_IN');
  });

  it('survive an aborted upload, and anything but HTTP', async () => {
    await open();
    const ann = await bench.member('ann');
    const { host, port } = bench.tracker;
    for (const text of [
      `PUT /manifests/${'0'.repeat(64)} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${ann.token}\r\ncontent-length: 1000\r\n\r\nhalf`,
      'no HTTP at all\r\n\r\n',
    ]) {
      const socket = connect({ host, port, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      socket.write(text, () => socket.end());
      socket.resume();
      await once(socket, 'close');
    }
    assert.equal((await bench.http('GET', '/healthz')).status, 200);
    assert.deepEqual(await ann.call('listGroups', {}), { groups: [], next: null });
  });

  it('close a connection that signs out and does not sign in again', async () => {
    await open({ signInTimeoutMs: 2500 });
    const ann = await bench.member('ann');
    await ann.call('logout', {});
    assert.equal((await ann.closed)[0], 1008);
  });

  it('pause the requests of a client that does not read, and continue when it reads again', async () => {
    await open({ unreadBytes: 64 * 1024, requestBurst: 1e6 });
    const [ann, bob] = await Promise.all([bench.member('ann'), bench.member('bob')]);
    for (let group = 0; group < 100; group++)
      await ann.call('createGroup', { groupId: `a group with a number ${group}` });
    bob.socket.pause();
    const answers = Array.from({ length: 1200 }, () => bob.call('listGroups', {}));
    const answered = () => bench.figure('shoal_requests_total\\{method="listGroups",outcome="ok"\\}');
    let before = -1;
    // Data in the buffers of the systems does not wait at the tracker.
    for (let now = 0; now > before; now = await answered()) {
      before = now;
      await ann.call('listMembers', { groupId: 'a group with a number 1' });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(before < 1100, `${before} answers of 10 KB were made for someone who reads none`);
    bob.socket.resume();
    for (const { groups } of await Promise.all(answers)) assert.equal(groups.length, 100);
  });

  it('read little before a sign-in', async () => {
    await open({ strangerBytes: 4096 });
    const guest = await bench.guest();
    for (let message = 0; message < 100; message++) guest.socket.send('x'.repeat(100));
    await guest.closed;
    const ann = await bench.member('ann');
    for (let message = 0; message < 100; message++) await ann.call('listGroups', {});
    await ann.call('logout', {});
    await ann.hello();
    await ann.logIn('ann');
  });

  it('accept a client that says hello while others of its address only hold connections', async () => {
    await open({ strangersPerAddress: 8, connectionsPerAddress: 9 });
    const { host, port } = bench.tracker;
    const silent = Array.from({ length: 20 }, () => connectTcp({ host, port }).on('error', () => {}));
    await Promise.all(silent.map((socket) => once(socket, 'connect')));
    const ann = await bench.member('ann');
    for (const socket of Array.from({ length: 20 }, () => connectTcp({ host, port }).on('error', () => {}))) {
      await once(socket, 'connect');
      silent.push(socket);
    }
    assert.deepEqual((await ann.call('listGroups', {})).groups, []);
    for (const socket of silent) socket.destroy();
  });

  it('free the place of a closed connection', async () => {
    await open({ connectionsPerAddress: 2 });
    const first = await bench.stranger();
    for (let round = 0; round < 5; round++) {
      const next = await bench.stranger();
      next.socket.close();
      await next.closed;
    }
    await first.hello();
  });

  it('refill the budget of requests', async () => {
    await open({ requestBurst: 3, requestsPerSecond: 50 });
    const guest = await bench.guest();
    const create = () => guest.outcome('createUser', { userId: 'a/b', password: 'x' });
    const outcomes = await Promise.all(Array.from({ length: 6 }, create));
    assert.ok(outcomes.includes('RATE_LIMITED'));
    let outcome = 'RATE_LIMITED';
    while (outcome === 'RATE_LIMITED') outcome = await create();
    assert.equal(outcome, 'INVALID_NAME');
  });
});
