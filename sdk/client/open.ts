import { Engine } from '../engine/index.js';
import { signChallenge } from '../identity/index.js';
import { type DeviceProof, type Endpoint, parseEndpoint, ShoalError } from '../protocol/index.js';
import { type DataFolder, openDataFolder } from './data-folder.js';
import type { Logger, ShoalClientOptions } from './options.js';
import { locateTrackers, type Online, TrackerLink } from './tracker-link.js';

/** What stands once a client has connected for the first time. */
export interface Open {
  readonly folder: DataFolder;
  readonly link: TrackerLink;
  readonly engine: Engine;
  /** Where pieces are served. */
  readonly address: Endpoint;
}

/**
 * Opens the data folder, listens for peers and connects to the tracker: all, or nothing.
 * @param restore called after every later reconnect, to take up what was there before
 * @param onLost another process took the data folder
 */
export async function openEverything(
  options: ShoalClientOptions,
  logger: Logger,
  restore: () => Promise<void>,
  signal: AbortSignal | undefined,
  onLost: (error: ShoalError) => void,
): Promise<Open> {
  const listen = parseEndpoint(options.listen ?? '0.0.0.0:0');
  if (options.advertise !== undefined) parseEndpoint(options.advertise);
  const locations = await locateTrackers(options.tracker);
  const folder = await openDataFolder(options.dataDir, (message) => logger.error(message), onLost);
  let engine: Engine | undefined;
  try {
    const started = await Engine.start(folder.identity, listen.host, listen.port);
    engine = started.engine;
    const link = new TrackerLink(locations, folder.knownTrackers, logger, restore);
    await link.connect(signal);
    return { folder, link, engine, address: started.address };
  } catch (error) {
    await engine?.close();
    await folder.lock.release();
    throw error;
  }
}

export async function closeEverything({ link, engine, folder }: Open): Promise<void> {
  link.close();
  await engine.close();
  await folder.lock.release();
}

/** @throws ShoalError `DISCONNECTED` */
export function requireOnline({ link }: Open): Online {
  if (link.online) return link.online;
  throw new ShoalError('DISCONNECTED', 'The tracker is away: it is tried again and again.');
}

/** What a sign-in shows: that this device holds its key, and where others find it. */
export function proveDevice(open: Open, advertise: string | Endpoint | undefined): DeviceProof {
  const { fingerprint, hello } = requireOnline(open);
  const signed = signChallenge(open.folder.identity, fingerprint, hello.challenge);
  if (advertise !== undefined) return { ...signed, endpoint: parseEndpoint(advertise) };
  const { host, port } = open.address;
  const isWildcard = host === '0.0.0.0' || host === '::';
  return { ...signed, endpoint: isWildcard ? { port } : { host, port } };
}
