import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { decodeText } from '@shoal/sdk/disk';
import { parseSpeed } from '@shoal/sdk/program';
import { formatEndpoint, parseEndpoint, parseTrackerInfo, ShoalError, type TrackerLocation } from '@shoal/sdk/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parsePostgresUrl } from '../store/postgres/postgres-url.js';
import { parseNodePlace } from '../swarm/node-place.js';
import { parseSwarmUrls } from '../swarm/redis/cluster/swarm-url.js';
import { VERSION } from '../version.js';
import { parseCommand } from './parse-command.js';
import { STORE_FORM, STORE_VARIABLE, storeIn } from './store-option.js';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const LOG_FORMATS = ['json', 'text'] as const;
/** The environment variable for `--swarm`. */
const SWARM_VARIABLE = 'SHOAL_TRACKER_SWARM';
const DEFAULT_LISTEN = '[::]:6970';
/** The slowest relay: with less, connections through it would end for want of an answer. */
const MIN_RELAY_BYTES_PER_SECOND = 100_000;

/** What the command line asks for. */
export type Invocation =
  | {
      readonly kind: 'run';
      readonly listen: string;
      /** Where clients dial this tracker; undefined: where their users were told. */
      readonly announce: string | undefined;
      /** Where keys and data are: in a folder, or in a database whose URL may contain a password. */
      readonly place: { readonly dataDir: string } | { readonly store: string };
      readonly logLevel: (typeof LOG_LEVELS)[number];
      /** Default: text if the log goes to a terminal. */
      readonly logFormat: LogFormat | undefined;
      /** URLs of a Redis Cluster, which may contain a password. Undefined: the swarm is in memory. */
      readonly swarm: string | undefined;
      /** Bytes a second of the relay; 0: off. Undefined: the default. */
      readonly relayBytesPerSecond: number | undefined;
      /** This tracker's line in the tracker_info file, if it names a fingerprint. */
      readonly named: NamedFingerprint | undefined;
    }
  /** `--help` or `--version`: the text to print. */
  | { readonly kind: 'print'; readonly text: string };

type LogFormat = (typeof LOG_FORMATS)[number];

/** A line of a tracker_info file, and its fingerprint. */
export interface NamedFingerprint {
  readonly file: string;
  readonly number: number;
  readonly fingerprint: string;
}

interface Flags {
  listen?: string;
  announce?: string;
  data?: string;
  store?: string;
  logLevel: (typeof LOG_LEVELS)[number];
  logFormat?: LogFormat;
  relay?: number;
  swarm?: string;
}

/**
 * Parses the command line.
 * @throws ShoalError `USAGE`, `TRACKER_INVALID`, `INVALID_ARGUMENT`, or errors of the disk
 */
export function readInvocation(args: readonly string[], env: NodeJS.ProcessEnv): Invocation {
  const command = new Command('shoal-tracker')
    .description(
      'Keeps accounts, groups, join requests and who shares what. It never sees file data, except as ciphertext.',
    )
    .argument('[tracker_info]', 'a file with one tracker a line: "<TRACKER_IP> <TRACKER_PORT>"')
    .argument('[number]', 'the line of this tracker, from 1')
    .option(
      '--listen <host:port>',
      `where to listen, instead of a tracker_info file (default ${DEFAULT_LISTEN})`,
      checkEndpoint,
    )
    .option(
      '--announce <host:port>',
      'where clients dial this tracker, if it tells them: for nodes of one tracker, and behind a NAT or a load balancer',
      checkAnnounced,
    )
    .option('--data <dir>', `where keys and the database are kept (default ${defaultDataDir(env, process.platform)})`)
    .option('--store <url>', `instead of a folder: a PostgreSQL database that several trackers share, ${STORE_FORM}`)
    .option(
      '--swarm <urls>',
      `instead of in memory: a Redis Cluster that several trackers share for who is online, redis://user@host:6379,redis://…; better in ${SWARM_VARIABLE}, since others see a command line`,
    )
    .option(
      '--relay <rate>',
      'bytes a second that are relayed, as ciphertext, between members who cannot connect: "off", "500K", "8M" (default 8 MiB)',
      parseRelay,
    )
    .addOption(
      new Option('--log-level <level>', 'level of the log on standard error').choices(LOG_LEVELS).default('info'),
    )
    .addOption(
      new Option('--log-format <format>', 'format of the log (default: "text" at a terminal, else "json")').choices(
        LOG_FORMATS,
      ),
    )
    .version(VERSION)
    .addHelpText(
      'after',
      '\nExamples:\n  shoal-tracker tracker_info.txt 1\n  shoal-tracker --listen [::]:6970 --data /var/lib/shoal-tracker\n  shoal-tracker migrate-store --help        moves a data folder into a PostgreSQL database\n  shoal-tracker rotate-keys --help          replaces the key of tickets of a tracker with a PostgreSQL database',
    );
  const text = parseCommand(command, args);
  if (text !== undefined) return { kind: 'print', text };
  const { listen, announce, data, store, logLevel, logFormat, relay, swarm: swarmFlag } = command.opts<Flags>();
  const [file, number] = command.args;
  if (listen !== undefined && file !== undefined)
    throw new ShoalError('USAGE', 'Give either a tracker_info file or --listen, not both.');
  const line = file === undefined ? undefined : trackerOnLine(file, number);
  const place = line ? formatEndpoint(line.host, line.port) : DEFAULT_LISTEN;
  const named =
    file !== undefined && line?.fingerprint !== undefined
      ? { file, number: Number(number), fingerprint: line.fingerprint }
      : undefined;
  const swarm = swarmFlag ?? (env[SWARM_VARIABLE] || undefined);
  if (swarm !== undefined) parseSwarmUrls(swarm);
  const settings = { place: placeOf({ data, store }, env), swarm, logLevel, logFormat, relayBytesPerSecond: relay };
  return { kind: 'run', listen: listen ?? place, announce, ...settings, named };
}

/** @throws ShoalError `USAGE` */
function placeOf(
  { data, store }: { data: string | undefined; store: string | undefined },
  env: NodeJS.ProcessEnv,
): { dataDir: string } | { store: string } {
  const url = storeIn(store, env);
  if (url === undefined) return { dataDir: data ?? defaultDataDir(env, process.platform) };
  if (data !== undefined) {
    const named = store === undefined ? STORE_VARIABLE : '--store';
    throw new ShoalError('USAGE', `${named} and --data name two places for keys and data: give one of them.`);
  }
  parsePostgresUrl(url);
  return { store: url };
}

function trackerOnLine(file: string, number: string | undefined): TrackerLocation {
  if (number === undefined || !/^[1-9]\d*$/.test(number)) {
    throw new ShoalError('USAGE', `Say which tracker of ${file} this one is: shoal-tracker ${file} 1.`);
  }
  const trackers = readTrackers(file);
  const tracker = trackers[Number(number) - 1];
  if (!tracker)
    throw new ShoalError(
      'TRACKER_INVALID',
      `${file} names ${trackers.length} trackers: choose a number from 1 to ${trackers.length}.`,
    );
  return tracker;
}

function readTrackers(file: string): TrackerLocation[] {
  try {
    const text = decodeText(readFileSync(file));
    if (text !== undefined) return parseTrackerInfo(text);
    throw new ShoalError('TRACKER_INVALID', 'it is neither in UTF-8 nor in UTF-16: save it as UTF-8.');
  } catch (error) {
    if (error instanceof ShoalError) throw new ShoalError(error.code, `${file}: ${error.message}`);
    throw ShoalError.from(error, 'TRACKER_INVALID');
  }
}

function checkEndpoint(text: string): string {
  return checked(text, parseEndpoint);
}

function checkAnnounced(text: string): string {
  return checked(text, parseNodePlace);
}

/** @throws InvalidArgumentError */
function checked(text: string, parse: (text: string) => unknown): string {
  try {
    parse(text);
  } catch (error) {
    throw new InvalidArgumentError(ShoalError.from(error).message);
  }
  return text;
}

/** @throws InvalidArgumentError */
function parseRelay(text: string): number {
  const speed = text === 'off' ? 0 : parseSpeed(text);
  if (speed === 0 || (speed !== undefined && speed >= MIN_RELAY_BYTES_PER_SECOND)) return speed;
  throw new InvalidArgumentError('write "off", or at least 100K bytes a second, for example 8M.');
}

/** The system's folder for the data of a user's programs. */
export function defaultDataDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'shoal-tracker');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'shoal-tracker');
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'shoal-tracker');
}
