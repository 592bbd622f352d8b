import { ShoalError } from '@shoal/sdk/protocol';
import { Cluster, Redis } from 'ioredis';
import { type SwarmUrls, showServers } from './swarm-url.js';

/** Time for a connection, and for the answer to one command while a tracker starts. */
const CONNECT_MS = 5000;
/** Time for the answer to one command. */
export const COMMAND_MS = 2000;
/** Time until all parts of a cluster are known. */
const READY_MS = 10_000;
const SLOTS_EVERY_MS = 2000;
const OLDEST = 7;

/** The commands that a tracker must be allowed to run, each with harmless arguments. */
const NEEDED: readonly (readonly [string, ...string[]])[] = [
  ['EVAL', "return redis.call('TIME')", '0'],
  ['HGETALL', 'shoal:{probe}'],
  ['HMGET', 'shoal:{probe}', 'x'],
  ['HRANDFIELD', 'shoal:{probe}', '1', 'WITHVALUES'],
  ['SPUBLISH', 'shoal:{probe}', ''],
];

/** The part of a connection that depends on the URL. */
export function connectionOptions({ username, password, tls }: SwarmUrls) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: tls.ca === undefined ? {} : { ca: tls.ca } }),
    ...{
      connectTimeout: CONNECT_MS,
      commandTimeout: COMMAND_MS,
      keepAlive: 5000,
      disableClientInfo: true,
    },
  };
}

/**
 * Connects to a Redis Cluster.
 * @throws ShoalError `SWARM_UNREACHABLE` if no server answers, `SWARM_INVALID` if what answers cannot be used; neither message contains a
 * password
 */
export async function connectCluster(urls: SwarmUrls): Promise<Cluster> {
  await examineOne(urls);
  const cluster = new Cluster([...urls.servers], {
    redisOptions: { ...connectionOptions(urls), maxRetriesPerRequest: 1 },
    ...{ enableOfflineQueue: false, slotsRefreshInterval: SLOTS_EVERY_MS, slotsRefreshTimeout: COMMAND_MS },
    ...{ clusterRetryStrategy: (times) => Math.min(100 * times, 1000), lazyConnect: true, scaleReads: 'master' },
  });
  cluster.on('error', () => {}); // who sends a command learns of it
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('the other servers of the cluster do not answer')), READY_MS).unref();
  });
  try {
    await Promise.race([cluster.connect(), late]);
    await Promise.all(cluster.nodes('master').map((one) => one.ping()));
    return cluster;
  } catch (error) {
    cluster.disconnect();
    throw unreachable(urls, error);
  }
}

/** Looks at the first server that answers. */
async function examineOne(urls: SwarmUrls): Promise<void> {
  let failure: unknown;
  for (const server of urls.servers) {
    try {
      await examine(urls, server);
      return;
    } catch (error) {
      if (error instanceof ShoalError) throw error;
      failure ??= error;
    }
  }
  throw unreachable(urls, failure);
}

async function examine(urls: SwarmUrls, { host, port }: SwarmUrls['servers'][number]): Promise<void> {
  const where = showServers({ servers: [{ host, port }] });
  const redis = new Redis({
    ...{ ...connectionOptions(urls), host, port, lazyConnect: true, retryStrategy: () => null },
    ...{ enableReadyCheck: false, commandTimeout: CONNECT_MS, maxRetriesPerRequest: 0 },
  });
  let cause: Error | undefined;
  redis.on('error', (error) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    examineVersion(await redis.info('server'), where);
    examineState(await redis.cluster('INFO'), where);
    for (const [command, ...args] of NEEDED) await redis.call(command, ...args).catch(allowMoved);
  } catch (error) {
    throw understand(cause ?? error, where);
  } finally {
    redis.disconnect();
  }
}

function examineVersion(info: string, where: string): void {
  const version = /^(?:redis|valkey)_version:(\S+)/m.exec(info)?.[1];
  if (version === undefined) throw invalid(`${where} does not say its version, so it is no Redis`);
  if (Number.parseInt(version, 10) < OLDEST)
    throw invalid(`${where} is Redis ${version}, and sharded events need ${OLDEST}.0 or Valkey`);
}

function examineState(info: unknown, where: string): void {
  if (/^cluster_state:ok/m.test(String(info))) return;
  throw new ShoalError(
    'SWARM_UNREACHABLE',
    `The Redis Cluster at ${where} is not whole (see "CLUSTER INFO" there): start or repair its servers, and try again.`,
  );
}

/** The key is another server's: the command was allowed. */
function allowMoved(error: unknown): void {
  if (!(error instanceof Error) || !/^(MOVED|ASK|CLUSTERDOWN) /.test(error.message)) throw error;
}

/** Errors of TLS by their code in Node. */
const UNVERIFIED: ReadonlySet<string> = new Set([
  ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_UNTRUSTED'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
  ...['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_SIGNATURE_FAILURE'],
]);

function understand(error: unknown, where: string): unknown {
  if (!(error instanceof Error) || error instanceof ShoalError) return error;
  const { message } = error;
  const code = 'code' in error ? String(error.code) : '';
  if (UNVERIFIED.has(code))
    return invalid(`the certificate of ${where} does not verify (${code}): name its authority with "?ca=FILE"`);
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return invalid(`${where} speaks no TLS: write redis: instead of rediss:`);
  if (/^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)/.test(message)) return invalid(deniedText(message, where));
  if (/cluster support disabled/.test(message))
    return invalid(`${where} is a single Redis, no cluster: set "cluster-enabled yes" there`);
  if (/^Protocol error|RESP type/.test(message)) return invalid(`${where} is no Redis`);
  return error;
}

function deniedText(message: string, where: string): string {
  const command = /'([^']+)' command/.exec(message)?.[1];
  if (command !== undefined)
    return `${where} does not let this user run ${command.toUpperCase()}: grant it (ACL SETUSER)`;
  if (message.startsWith('NOPERM'))
    return `${where} denies this user keys or channels that begin with "shoal:": grant them`;
  return `${where} refuses user or password`;
}

function invalid(why: string): ShoalError {
  return new ShoalError('SWARM_INVALID', `--swarm cannot be used: ${why}.`);
}

function unreachable(urls: SwarmUrls, cause: unknown): ShoalError {
  const why = cause instanceof Error && cause.message !== '' ? cause.message : 'no answer';
  const other = urls.tls ? 'redis: is without TLS' : 'rediss: is with TLS';
  const text = `The Redis Cluster of --swarm does not answer (${showServers(urls)}: ${why}): start it, or correct --swarm (${other}).`;
  return new ShoalError('SWARM_UNREACHABLE', text, { cause });
}
