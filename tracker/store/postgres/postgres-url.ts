import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { ShoalError } from '@shoal/sdk/protocol';
import { decodedPart, fileNamed } from '../../server-url.js';

/** A server that may have the database. */
export interface ServerPlace {
  readonly host: string;
  readonly port: number;
  /** False: without TLS. */
  readonly tls: ConnectionOptions | false;
}

/** A database of PostgreSQL, and how to sign in there. */
export interface PostgresPlace {
  /** One, or several of which one at a time is the primary. */
  readonly servers: readonly [ServerPlace, ...ServerPlace[]];
  readonly database: string;
  readonly user: string;
  /** Undefined: `PGPASSWORD`, or a server that asks for none. */
  readonly password: string | undefined;
  /** The URL without its password, for people. */
  readonly shown: string;
}

const DEFAULT_PORT = 5432;
const MAX_SERVERS = 16;
const PARAMETERS: ReadonlySet<string> = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'target_session_attrs',
]);
/** The servers that the tracker uses in any case, by two names of `libpq`. */
const SESSION_ATTRS: ReadonlySet<string> = new Set(['primary', 'read-write']);
/** The server or servers stand between the last @ and the path. */
const SERVERS = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/is;
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

/** What an address of a store looks like. */
const EXAMPLE = 'postgres://USER:PASSWORD@HOST:5432,HOST:5432/DATABASE?sslmode=verify-full&sslrootcert=FILE';

/**
 * Parses the address of a database. Its words are those of `libpq`, but without `sslmode` a server on another computer
 * must show a certificate that this computer trusts.
 * @throws ShoalError `USAGE`, without the password
 */
export function parsePostgresUrl(text: string): PostgresPlace {
  const [, before, servers, behind] = SERVERS.exec(text.trim()) ?? [];
  if (before === undefined || servers === undefined) throw malformed('is no URL of PostgreSQL');
  const [first, ...others] = servers.split(',').map((server) => parsed(`${before}${server}${behind}`));
  if (first === undefined || others.length >= MAX_SERVERS) throw malformed(`names more than ${MAX_SERVERS} servers`);
  const database = decoded(first.pathname.slice(1));
  const user = decoded(first.username);
  const places = [serverOf(first), ...others.map(serverOf)] as const;
  if (user === '') throw malformed('names no user');
  if (database === '' || database.includes('/')) throw malformed('names no database');
  checkParameters(first.searchParams);
  return {
    servers: places,
    database,
    user,
    password: first.password === '' ? undefined : decoded(first.password),
    shown: `postgres://${user}@${[first, ...others].map(({ host }) => host).join(',')}/${database}`,
  };
}

function parsed(text: string): URL {
  if (!URL.canParse(text)) throw malformed('is no URL of PostgreSQL');
  return new URL(text);
}

function serverOf(url: URL): ServerPlace {
  const host = decoded(url.hostname).replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw malformed('names no host');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return { host, port, tls: tlsOf(host, url.searchParams) };
}

function checkParameters(parameters: URLSearchParams): void {
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined)
    throw malformed(`has a parameter ${unknown}, which is not one of ${[...PARAMETERS].join(', ')}`);
  const attrs = parameters.get('target_session_attrs');
  if (attrs !== null && !SESSION_ATTRS.has(attrs))
    throw malformed(`has target_session_attrs other than ${[...SESSION_ATTRS].join(' or ')}, which a tracker needs`);
}

function tlsOf(host: string, parameters: URLSearchParams): ConnectionOptions | false {
  const named = parameters.get('sslmode');
  const mode = named === null ? usualMode(host) : SSL_MODES.find((one) => one === named);
  if (mode === undefined) throw malformed(`has an sslmode that is not one of ${SSL_MODES.join(', ')}`);
  if (mode === 'disable') return false;
  const files = (['sslrootcert', 'sslcert', 'sslkey'] as const).map((name) => fileNamed(name, parameters, malformed));
  const [ca, cert, key] = files;
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: mode !== 'require',
    // An address is not a name of TLS, so Node would check the certificate for another name.
    checkServerIdentity: (_name, shown) => (mode === 'verify-full' ? checkServerIdentity(host, shown) : undefined),
  };
}

function usualMode(host: string): SslMode {
  const isHere = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  return isHere ? 'disable' : 'verify-full';
}

function decoded(text: string): string {
  return decodedPart(text, malformed);
}

function malformed(what: string): ShoalError {
  return new ShoalError('USAGE', `The address of the store ${what}: write it as ${EXAMPLE}.`);
}
