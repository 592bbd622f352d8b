import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Engine } from '../../engine/index.js';
import { signChallenge } from '../../identity/index.js';
import { type DeviceProof, type Endpoint, formatEndpoint, parseEndpoint, ShoalError } from '../../protocol/index.js';
import type { ShoalClientOptions } from '../api/options.js';
import { type DataFolder, openDataFolder } from '../local/data-folder.js';
import { locateTrackers } from '../tracker/locate-trackers.js';
import { isAnyAddress, parseAdvertised, reachFault } from '../tracker/reach.js';
import { TrackerLink } from '../tracker/tracker-link.js';
import { untilAborted } from '../util/abort.js';
import type { Logger } from '../util/logger.js';

/** Everything that exists after the first connection. */
export interface Open {
  readonly folder: DataFolder;
  readonly link: TrackerLink;
  readonly engine: Engine;
  /** The address that pieces are served at. */
  readonly address: Endpoint;
  /** The address that peers dial, if it is another. */
  readonly advertised: Endpoint | undefined;
}

/**
 * Opens the data folder, listens for peers and connects to the tracker. If one step fails, it undoes the others.
 * @param restore restores the session after every later reconnect
 * @param signal aborts any step at once
 * @param onLost another process took the data folder
 */
export async function openEverything(
  options: ShoalClientOptions,
  logger: Logger,
  restore: () => Promise<void>,
  signal: AbortSignal,
  onLost: (error: ShoalError) => void,
): Promise<Open> {
  const listen = parseEndpoint(options.listen ?? '0.0.0.0:0');
  const advertised = options.advertise === undefined ? undefined : parseAdvertised(options.advertise);
  const locations = await locateTrackers(options.tracker, signal);
  const warn = (message: string) => logger.error(message);
  const folder = await openDataFolder(options.dataDir, warn, onLost, signal);
  let engine: Engine | undefined;
  try {
    const host = await untilAborted(addressOf(listen), signal);
    const started = await Engine.start(folder.identity, host, listen.port);
    engine = started.engine;
    const link = new TrackerLink(locations, folder.knownTrackers, logger, restore);
    await link.connect(signal);
    return { folder, link, engine, address: started.address, advertised };
  } catch (error) {
    await engine?.close();
    await folder.lock.release();
    throw error;
  }
}

/**
 * Resolves the listening address here and not in the transfer worker: a thread cannot be ended while it waits for name
 * resolution.
 */
async function addressOf({ host, port }: Endpoint): Promise<string> {
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    const why = `${ShoalError.from(error).message}. Choose another address or port.`;
    throw new ShoalError('LISTEN_FAILED', `Cannot serve pieces at ${formatEndpoint(host, port)}: ${why}`, {
      cause: error,
    });
  }
}

export async function closeEverything({ link, engine, folder }: Open): Promise<void> {
  link.close();
  await engine.close();
  await folder.lock.release();
}

/** Why devices on other computers cannot download from this one, and what to do; undefined if no reason is known. */
export function reachProblemOf({ link, address, advertised }: Open): string | undefined {
  return link.online && reachFault(address, advertised, link.online);
}

/**
 * The proof that a sign-in contains: this device holds its key, and this is where peers reach it. @throws ShoalError
 * `DISCONNECTED`
 */
export function proveDevice({ folder, link, address, advertised }: Open): DeviceProof {
  const { fingerprint, hello } = link.requireOnline();
  const signed = signChallenge(folder.identity, fingerprint, hello.challenge);
  const { host, port } = advertised ?? address;
  return { ...signed, endpoint: isAnyAddress(host) ? { port } : { host, port } };
}
