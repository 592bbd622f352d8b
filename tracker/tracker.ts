import { type Endpoint, formatEndpoint, parseEndpoint, ShoalError } from '@shoal/sdk/protocol';
import type { Logger } from 'pino';
import { type PasswordHasher, Passwords } from './accounts/passwords.js';
import { type DataFolder, openDataFolder } from './data/data-folder.js';
import { RunningTracker } from './running-tracker.js';
import { DEFAULT_LIMITS, type TrackerLimits } from './server/budgets/limits.js';
import { parseNodePlace } from './swarm/node-place.js';
import { openSwarm } from './swarm/open-swarm.js';
import type { Swarm } from './swarm/swarm.js';

/** Options of `startTracker`. */
export interface TrackerOptions {
  /**
   * Address to listen at: `HOST:PORT` or an endpoint; port 0 takes any free port. `[::]` stands for all addresses, of IPv4 alone on a
   * computer without IPv6. Default `127.0.0.1:0`.
   */
  listen?: string | Endpoint;
  /** Folder for the keys and the database. One tracker at a time can use it; a second one gets `DATA_DIR_IN_USE`. Needed without `store`. */
  dataDir?: string;
  /**
   * Instead of a folder: the URL of a PostgreSQL database, `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, that any number of trackers
   * share, with their keys. It may name a primary and its standbys, `HOST:PORT,HOST:PORT`. It is never logged.
   */
  store?: string;
  /**
   * URLs of servers of a Redis Cluster, with commas in between: `redis://USER:PASSWORD@HOST:PORT`, or `rediss:` for TLS. The nodes of a
   * tracker share it. It is never logged. Default: in memory, for a tracker with one process.
   */
  swarm?: string;
  /**
   * Where clients dial this tracker: `HOST:PORT` or an endpoint, an IP address or a name. The nodes of a tracker tell clients of one
   * another, and behind a NAT or a load balancer, a device of another node is sent to the relay at this IP address. Default: clients know
   * the address that their user gave them.
   */
  announce?: string | Endpoint;
  /** Receives structured log messages, which never contain a password or a token. Default: no log. */
  logger?: Logger;
  /** Limits that differ from the defaults. */
  limits?: Partial<TrackerLimits>;
  /**
   * Called when another process took the data folder, for example one on another computer after this one could not
   * reach the disk for long. The tracker closes itself.
   */
  onFolderLost?: (error: ShoalError) => void;
}

/** A running tracker. */
export interface Tracker extends AsyncDisposable {
  /** Address at which it listens. */
  readonly host: string;
  /** Port at which it listens. */
  readonly port: number;
  /** The SHA-256 of its public key: 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** `wss://host:port#fingerprint`, for clients. */
  readonly url: string;
  /** `<IP> <PORT> <FINGERPRINT>`, a line for a `tracker_info.txt`. */
  readonly infoLine: string;
  /**
   * Completes the current requests, closes every connection, and closes the database. A second call does nothing more.
   */
  close(): Promise<void>;
}

/**
 * Starts a tracker. It accepts connections when the promise resolves.
 * @throws ShoalError `LISTEN_FAILED`, `DATA_DIR_IN_USE`, `DATA_DIR_INVALID`, `DATA_DIR_MOVED`, `DATA_DIR_NEWER`,
 * `PERMISSION_DENIED`, `NO_SPACE`, `INVALID_ARGUMENT`; with a `store` also `USAGE`, `UNAVAILABLE`; with a `swarm` also `USAGE`, `SWARM_INVALID`,
 * `SWARM_UNREACHABLE`
 */
export async function startTracker(options: TrackerOptions): Promise<Tracker> {
  return startTrackerWith(options, new Passwords());
}

/** As `startTracker`, with another way to hash passwords. The tracker closes it. */
export async function startTrackerWith(options: TrackerOptions, passwords: PasswordHasher): Promise<Tracker> {
  const listen = parseEndpoint(options.listen ?? '127.0.0.1:0');
  const announce = options.announce === undefined ? undefined : parseNodePlace(options.announce);
  let running: RunningTracker | undefined;
  let swarm: Swarm | undefined;
  const folder = await openData(options, (error) => {
    options.logger?.error(error.message);
    options.onFolderLost?.(error);
    void running?.close();
  });
  try {
    if (options.swarm !== undefined) {
      const { announcesPerDevice, relayBytesPerSecond } = { ...DEFAULT_LIMITS, ...options.limits };
      const hasRelay = relayBytesPerSecond > 0;
      const { swarm: urls, logger } = options;
      swarm = await openSwarm({
        urls,
        fingerprint: folder.identity.id,
        announcesPerDevice,
        announce,
        hasRelay,
        logger,
      });
    }
    const begun = new RunningTracker(folder, { ...options, announce, swarm }, passwords);
    running = begun;
    const { address, port } = await begun.listen(listen.host, listen.port);
    const fingerprint = folder.identity.id;
    const close = () => begun.close();
    return {
      host: address,
      port,
      fingerprint,
      url: `wss://${formatEndpoint(address, port)}#${fingerprint}`,
      infoLine: `${address} ${port} ${fingerprint}`,
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await swarm?.close();
    await folder.close();
    throw error;
  }
}

/** @throws ShoalError `INVALID_ARGUMENT` unless one of the two is given */
async function openData(
  { dataDir, store, limits, logger }: TrackerOptions,
  onLost: (error: ShoalError) => void,
): Promise<DataFolder> {
  const quotas = { ...DEFAULT_LIMITS, ...limits };
  if (store !== undefined && dataDir === undefined) {
    const { openSharedStore } = await import('./data/shared-store.js'); // which most trackers never need
    return openSharedStore(store, quotas, {
      away: (error) => logger?.error({ err: error }, 'the database is away: requests are refused until it is back'),
      back: () => logger?.info('the database is back'),
    });
  }
  if (store === undefined && dataDir !== undefined)
    return openDataFolder(dataDir, quotas, { onWait: (message) => logger?.warn(message), onLost });
  throw new ShoalError('INVALID_ARGUMENT', 'A tracker has either a dataDir or a store: pass one of them.');
}
