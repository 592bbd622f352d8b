import { formatEndpoint, ShoalError } from '@shoal/sdk/protocol';
import { decodedPart, fileNamed } from '../../../server-url.js';

/** Where a Redis Cluster is, and how a tracker signs in there. */
export interface SwarmUrls {
  /** Servers by which the others are found. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Undefined: without TLS. */
  readonly tls: { readonly ca: string | undefined } | undefined;
}

const DEFAULT_PORT = 6379;
const EXAMPLE = 'redis://HOST:6379,redis://HOST:6379, or rediss:// for TLS';

/**
 * Parses what `--swarm` says: one URL or several, with commas in between: `redis://user:password@host:port`, or `rediss:` for TLS, then
 * optionally with `?ca=FILE`, a certificate authority in PEM.
 * @throws ShoalError `USAGE`; its message contains no password
 */
export function parseSwarmUrls(text: string): SwarmUrls {
  const urls = text.split(',').map((one) => parseUrl(one.trim()));
  const [first] = urls;
  if (!first) throw invalid('it is empty');
  const { protocol, username, password } = first;
  if (urls.some((one) => one.protocol !== protocol)) throw invalid('either all servers use TLS (rediss:), or none');
  const others = urls.filter((one) => one.username !== '' || one.password !== '');
  if (others.some((one) => one.username !== username || one.password !== password))
    throw invalid('all servers take the same user and password, which the first URL states');
  if (first.searchParams.has('ca') && protocol !== 'rediss:') throw invalid('"ca" needs TLS (rediss:)');
  return {
    servers: urls.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? DEFAULT_PORT : Number(port),
    })),
    username: username === '' ? undefined : decodedPart(username, malformed),
    password: password === '' ? undefined : decodedPart(password, malformed),
    tls: protocol === 'rediss:' ? { ca: fileNamed('ca', first.searchParams, malformed)?.toString('utf8') } : undefined,
  };
}

/** The servers, for messages: without user and password. */
export function showServers({ servers }: Pick<SwarmUrls, 'servers'>): string {
  return servers.map(({ host, port }) => formatEndpoint(host, port)).join(', ');
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw invalid('it is no URL, or its password has to be percent-encoded');
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw invalid('it begins with neither redis: nor rediss:');
  if (url.hostname === '') throw invalid('it names no host');
  if (url.port === '0') throw invalid('0 is no port');
  if (url.pathname !== '' && url.pathname !== '/')
    throw invalid('a cluster has no numbered databases: leave the path out');
  return url;
}

function invalid(why: string): ShoalError {
  return new ShoalError('USAGE', `--swarm is malformed: ${why}. Write ${EXAMPLE}.`);
}

function malformed(what: string): ShoalError {
  return invalid(`it ${what}`);
}
