import type { Engine } from '../../engine/index.js';
import { signChallenge } from '../../identity/index.js';
import { type DeviceProof, parseEndpoint, type ShoalError } from '../../protocol/index.js';
import type { ShoalClientOptions } from '../api/options.js';
import { type DataFolder, openDataFolder } from '../local/data-folder.js';
import type { ClientReach } from '../network/client-reach.js';
import { DEFAULT_LISTEN, startListening } from '../network/listening.js';
import { OwnAddresses } from '../network/own-addresses.js';
import { locateTrackers } from '../tracker/locate-trackers.js';
import { parseAdvertised, reachFault } from '../tracker/reach.js';
import { type Restoring, TrackerLink } from '../tracker/tracker-link.js';
import { TrackerSearch } from '../tracker/tracker-search.js';
import type { Logger } from '../util/logger.js';

/** Everything that exists after the first connection. */
export interface Open {
  readonly folder: DataFolder;
  readonly link: TrackerLink;
  readonly engine: Engine;
  readonly own: OwnAddresses;
  readonly reach: ClientReach;
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
  restore: (how: Restoring) => Promise<void>,
  signal: AbortSignal,
  onLost: (error: ShoalError) => void,
): Promise<Omit<Open, 'reach'>> {
  const listen = parseEndpoint(options.listen ?? DEFAULT_LISTEN);
  const advertised = options.advertise === undefined ? undefined : parseAdvertised(options.advertise);
  const locations = await locateTrackers(options.tracker, signal);
  const warn = (message: string) => logger.error(message);
  const folder = await openDataFolder(options.dataDir, warn, onLost, signal);
  let engine: Engine | undefined;
  try {
    const listening = await startListening(folder.identity, listen, folder.keptPort, logger, signal);
    engine = listening.engine;
    const { knownTrackers, knownNodes } = folder;
    const link = new TrackerLink(new TrackerSearch({ locations, knownTrackers, knownNodes }), logger, restore);
    await link.connect(signal);
    const { address } = listening;
    const own = new OwnAddresses({
      listening: address,
      advertised: advertised && { port: address.port, ...advertised },
    });
    return { folder, link, engine, own };
  } catch (error) {
    await engine?.close();
    await folder.lock.release();
    throw error;
  }
}

export async function closeEverything({ link, engine, folder, reach }: Open): Promise<void> {
  const unmapped = reach.close();
  link.close();
  await engine.close();
  await unmapped;
  await folder.lock.release();
}

/** Why devices on other computers cannot download from this one, and what to do; undefined if no reason is known. */
export function reachProblemOf({ link, own }: Open): string | undefined {
  return link.online && reachFault(own.listening, own.advertised, link.online);
}

/**
 * The proof that a sign-in contains: this device holds its key, and this is where peers reach it. @throws ShoalError
 * `DISCONNECTED`
 */
export function proveDevice({ folder, link, reach }: Open): DeviceProof {
  const online = link.requireOnline();
  const signed = signChallenge(folder.identity, online.fingerprint, online.hello.challenge);
  return { ...signed, ...reach.places(online) };
}
