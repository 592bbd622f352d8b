import assert from 'node:assert/strict';
import { request } from 'node:https';
import { type Logger, pino } from 'pino';
import { startTrackerWith, type Tracker } from '../../../tracker/tracker.js';
import { hasCode } from '../../support/has-code.js';
import { PLAIN } from '../../support/plain-passwords.js';
import { PASSWORD, PostgresServer } from '../../support/postgres/postgres-server.js';
import { until } from '../../support/until.js';
import { RawClient } from '../raw-client.js';

describe('trackers that share a store', () => {
  let server: PostgresServer;
  let trackers: Tracker[] = [];
  let clients: RawClient[] = [];
  let log = '';
  const logger: Logger = pino(
    { level: 'debug' },
    {
      write: (line: string) => {
        log += line;
      },
    },
  );

  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());
  beforeEach(async () => {
    await server.run('postgres', 'CREATE DATABASE shoal');
    log = '';
  });
  afterEach(async () => {
    for (const client of clients) client.close();
    await Promise.all(trackers.map((tracker) => tracker.close()));
    trackers = [];
    clients = [];
    await server.run('postgres', 'DROP DATABASE shoal');
  });

  async function start(): Promise<Tracker> {
    const limits = { checksAtOnce: 0 };
    const tracker = await startTrackerWith({ store: server.url('shoal'), logger, limits }, PLAIN);
    trackers.push(tracker);
    return tracker;
  }

  async function client({ url }: Tracker, identity?: RawClient['identity']): Promise<RawClient> {
    const one = await RawClient.open(url, identity);
    clients.push(one);
    return one;
  }

  function ready({ host, port }: Tracker): Promise<{ status: number | undefined; retryAfter: string | undefined }> {
    return new Promise((resolve, reject) => {
      const options = { host, port, path: '/readyz', rejectUnauthorized: false, agent: false } as const;
      const call = request(options, (response) => {
        response
          .resume()
          .once('end', () => resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] }));
      });
      call.once('error', reject);
      call.end();
    });
  }

  it('are one to their clients: one fingerprint, one key for tickets, the same accounts and sessions', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    assert.ok(one && two);
    assert.equal(one.fingerprint, two.fingerprint);
    const ann = await (await client(one)).signUp('ann');
    await ann.call('createGroup', { groupId: 'lab' });
    const elsewhere = await client(two, ann.identity);
    const [{ ticketKeys }, hello] = [await (await client(one)).hello(), await elsewhere.hello()];
    assert.deepEqual(hello.ticketKeys, ticketKeys);
    const session = await elsewhere.resume(ann.token);
    assert.deepEqual(
      session.groups.map(({ groupId }) => groupId),
      ['lab'],
    );
    const { ticket, epoch } = await elsewhere.call('ticket', { groupId: 'lab' });
    await ann.call('proveEpochs', { tickets: [ticket] });
    assert.equal((await ann.call('ticket', { groupId: 'lab' })).epoch, epoch);
    await Promise.all(trackers.map((tracker) => tracker.close()));
    trackers = [];
    assert.equal((await start()).fingerprint, one.fingerprint);
  });

  it('say that the database is away, refuse what needs it, and go on when it is back, without its password in the log', async () => {
    const tracker = await start();
    const ann = await (await client(tracker)).signUp('ann');
    assert.equal((await ready(tracker)).status, 200);
    await server.halt();
    assert.deepEqual(await ready(tracker), { status: 503, retryAfter: '5' });
    assert.equal(await ann.outcome('createGroup', { groupId: 'lab' }), 'UNAVAILABLE');
    assert.equal(await ann.outcome('listGroups', {}), 'UNAVAILABLE');
    const other = await client(tracker);
    await other.hello();
    assert.equal(await other.outcome('resume', { token: ann.token, device: other.prove() }), 'UNAVAILABLE');
    await server.resume();
    await until(async () => (await ready(tracker)).status === 200);
    assert.equal(await ann.outcome('createGroup', { groupId: 'lab' }), 'ok');
    assert.equal(await other.outcome('resume', { token: ann.token, device: other.prove() }), 'ok');
    for (const text of ['the database is away', 'the database is back'])
      assert.equal(log.split(text).length, 2, `${text}: once`);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) assert.ok(!log.includes(secret));
  });

  it('are not ready while the database hangs, and say so', async () => {
    const tracker = await start();
    server.hang();
    assert.equal((await ready(tracker)).status, 503);
    await server.kill();
    await server.resume();
    await until(async () => (await ready(tracker)).status === 200);
  });

  it('need either a store or a folder', async () => {
    await assert.rejects(startTrackerWith({}, PLAIN), hasCode('INVALID_ARGUMENT'));
    await assert.rejects(
      startTrackerWith({ dataDir: 'x', store: server.url('shoal') }, PLAIN),
      hasCode('INVALID_ARGUMENT'),
    );
  });
});
