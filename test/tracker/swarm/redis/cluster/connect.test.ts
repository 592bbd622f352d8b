import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createTlsIdentity } from '@shoal/sdk/identity';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { openSwarm } from '../../../../../tracker/swarm/open-swarm.js';
import { connectCluster } from '../../../../../tracker/swarm/redis/cluster/connect.js';
import { parseSwarmUrls } from '../../../../../tracker/swarm/redis/cluster/swarm-url.js';
import { openRedisSwarm } from '../../../../../tracker/swarm/redis/open-redis-swarm.js';
import { freePorts } from '../../../../support/free-ports.js';
import { ensureRedis, type RedisServer, redisFolder, startRedis } from '../../../../support/redis-server.js';
import { sharedRedisCluster } from '../../../../support/shared-redis.js';
import { until } from '../../../../support/until.js';
import { deviceOf, FAST, FINGERPRINT } from '../redis-nodes.js';

const ALL_SLOTS = ['ADDSLOTSRANGE', 0, 16_383] as const;

describe('a tracker that connects to the servers of --swarm', () => {
  const servers: RedisServer[] = [];
  const listeners: Server[] = [];
  before(ensureRedis);
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    for (const listener of listeners.splice(0)) listener.close();
  });

  async function start(settings: Record<string, string> = {}, folder?: string): Promise<number> {
    const [port = 0, busPort = 0] = await freePorts(2);
    const own = settings['cluster-enabled'] ? { ...settings, 'cluster-port': `${busPort}` } : settings;
    servers.push(await startRedis(port, own, folder));
    return port;
  }
  async function listen(server: Server): Promise<number> {
    listeners.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  async function asAdmin(port: number, act: (redis: Redis) => Promise<unknown>) {
    const redis = new Redis({ port, lazyConnect: true });
    await redis.connect();
    await act(redis).finally(() => redis.disconnect());
  }
  const refused = (urls: string, code: string, why: RegExp) =>
    assert.rejects(connectCluster(parseSwarmUrls(urls)), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.deepEqual([error.code, error.message.includes('secret')], [code, false], error.message);
      assert.match(error.message, why);
      return true;
    });

  it('finds the whole cluster by one server that answers', async () => {
    const [url = ''] = (await sharedRedisCluster()).urls;
    const [closed] = await freePorts(1);
    const cluster = await connectCluster(parseSwarmUrls(`redis://127.0.0.1:${closed},${url}`));
    assert.equal(cluster.nodes('master').length, 3);
    cluster.disconnect();
  });

  it('hears that nobody answers, or somebody who is no Redis', async () => {
    const [closed] = await freePorts(1);
    await refused(`redis://ann:secret@127.0.0.1:${closed}`, 'SWARM_UNREACHABLE', /does not answer .*ECONNREFUSED/);
    const web = await listen(createHttp((_, response) => response.end('hello')));
    await refused(`redis://127.0.0.1:${web}`, 'SWARM_INVALID', /is no Redis/);
    for (const hello of ['%1\r\n+server\r\n+redis\r\n', "-ERR unknown command 'HELLO'\r\n"]) {
      const old = await listen(createServer((socket) => answerAsOld(socket, hello)));
      await refused(`redis://127.0.0.1:${old}`, 'SWARM_INVALID', /is Redis 6\.2\.14, and sharded events need 7/);
    }
  });

  it('hears that a server is no cluster, or that its cluster is not whole', async () => {
    await refused(`redis://127.0.0.1:${await start()}`, 'SWARM_INVALID', /a single Redis, no cluster/);
    const port = await start({ 'cluster-enabled': 'yes' });
    await refused(`redis://127.0.0.1:${port}`, 'SWARM_UNREACHABLE', /is not whole/);
  });

  it('hears that user or password are wrong, and which command is denied', async () => {
    const port = await start({ 'cluster-enabled': 'yes', requirepass: 'secret-1' });
    await refused(`redis://127.0.0.1:${port}`, 'SWARM_INVALID', /refuses user or password/);
    await refused(`redis://:secret-2@127.0.0.1:${port}`, 'SWARM_INVALID', /refuses user or password/);
    const other = await start({ 'cluster-enabled': 'yes' });
    await asAdmin(other, async (redis) => {
      await redis.cluster(...ALL_SLOTS);
      await until(async () => String(await redis.cluster('INFO')).includes('cluster_state:ok'));
      await redis.acl('SETUSER', 'ann', 'on', '>secret-3', '~shoal:*', '&shoal:*', '+@all', '-eval');
    });
    await refused(`redis://ann:secret-3@127.0.0.1:${other}`, 'SWARM_INVALID', /not let this user run EVAL/);
  });

  it('needs no more commands than docs/operations.md grants', async () => {
    const { primaries, replicas } = await sharedRedisCluster();
    const granted =
      /^ACL SETUSER shoal on >PASSWORD (.*)$/m.exec(await readFile('docs/operations.md', 'utf8'))?.[1] ?? '';
    for (const { port } of [...primaries, ...replicas])
      await asAdmin(port, (redis) => redis.acl('SETUSER', 'shoal', 'reset', 'on', '>secret', ...granted.split(' ')));
    const urls = parseSwarmUrls(primaries.map(({ port }) => `redis://shoal:secret@127.0.0.1:${port}`).join(','));
    const troubles: unknown[] = [];
    const options = { urls, nodeId: 'acl', announcesPerDevice: 10, timing: FAST };
    const swarm = await openRedisSwarm({
      ...options,
      fingerprint: FINGERPRINT,
      onTrouble: (what, error) => troubles.push(what, error),
    });
    try {
      const [device, holding] = [deviceOf('acl'.padEnd(64, '0')), { groupId: 'acl', manifestId: '1'.repeat(64) }];
      await swarm.watch(holding);
      await swarm.connect(device);
      await swarm.announce(device.deviceId, holding, true);
      await until(async () => (await swarm.countUsers(holding)) === 1);
      await swarm.vouch('other', [device.deviceId, 'elsewhere'], holding);
      await Promise.all([swarm.count(holding), swarm.device('elsewhere'), swarm.holdsIn('elsewhere', 'acl')]);
      assert.equal((await swarm.sample(holding, 5, new Set())).length, 1);
      swarm.unwatch(holding);
      await swarm.disconnect(device.deviceId);
      await until(async () => (await swarm.countUsers(holding)) === 0);
    } finally {
      await swarm.close();
    }
    assert.deepEqual(troubles, []);
  });

  it('logs no password if it is not valid any more', async () => {
    const { primaries, replicas } = await sharedRedisCluster();
    const all = [...primaries, ...replicas];
    const onAll = (act: (redis: Redis) => Promise<unknown>) => Promise.all(all.map(({ port }) => asAdmin(port, act)));
    await onAll((redis) => redis.acl('SETUSER', 'ann', 'reset', 'on', '>secret', '~*', '&*', '+@all'));
    const log: string[] = [];
    const logger = pino({ level: 'trace' }, { write: (line) => void log.push(line) });
    const swarm = await openSwarm({
      ...{ urls: `redis://ann:secret@127.0.0.1:${primaries[0]?.port}`, announcesPerDevice: 10 },
      ...{ fingerprint: FINGERPRINT, announce: undefined, hasRelay: false, logger },
    });
    await onAll((redis) => redis.acl('SETUSER', 'ann', 'resetpass', '>another'));
    await onAll((redis) => redis.client('KILL', 'USER', 'ann'));
    await until(async () => {
      await swarm.count({ groupId: 'lab', manifestId: '2'.repeat(64) });
      return log.length > 0;
    });
    assert.doesNotMatch(log.join(''), /secret/);
    await swarm.close();
  });

  it('verifies the certificate of a server', async () => {
    const { privateKeyPem, certificatePem } = await createTlsIdentity('127.0.0.1');
    const folder = await redisFolder();
    await writeFile(join(folder, 'key.pem'), privateKeyPem);
    await writeFile(join(folder, 'cert.pem'), certificatePem);
    const [tlsPort = 0] = await freePorts(1);
    const files = { 'tls-key-file': join(folder, 'key.pem'), 'tls-cert-file': join(folder, 'cert.pem') };
    const plain = await start({ ...files, 'tls-port': `${tlsPort}`, 'tls-auth-clients': 'no' }, folder);
    await refused(`rediss://127.0.0.1:${tlsPort}`, 'SWARM_INVALID', /does not verify \(\w+\): name its authority/);
    await refused(`rediss://127.0.0.1:${plain}`, 'SWARM_UNREACHABLE', /redis: is without TLS/);
  });
});

/** A server that is older than those that a package has. */
function answerAsOld(socket: Socket, hello: string): void {
  const info = '# Server\r\nredis_version:6.2.14\r\n';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    socket.write(/hello/i.test(String(data)) ? hello : `$${info.length}\r\n${info}\r\n`);
  });
}
