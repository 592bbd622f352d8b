import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Engine } from '../../engine/index.js';
import type { TlsIdentity } from '../../identity/index.js';
import { type Endpoint, formatEndpoint, ShoalError } from '../../protocol/index.js';
import type { KeptPort } from '../local/kept-port.js';
import { isAnyAddress } from '../tracker/reach.js';
import { untilAborted } from '../util/abort.js';
import type { Logger } from '../util/logger.js';

/** Where pieces are served if the user names no address: on every network, at the kept port. */
export const DEFAULT_LISTEN = '[::]:0';

/** Attempts with ports of our own choice. If all are taken, the reason is another one. */
const MAX_PORTS = 5;

interface Listening {
  readonly engine: Engine;
  /** The address that pieces are served at. */
  readonly address: Endpoint;
}

/**
 * Starts the engine, which listens for peers. If the address is that of every network without a port, it takes the kept port, or another one
 * that it keeps from then on.
 * @throws ShoalError `LISTEN_FAILED`, `ABORTED`
 */
export async function startListening(
  identity: TlsIdentity,
  listen: Endpoint,
  kept: KeptPort,
  logger: Logger,
  signal: AbortSignal,
): Promise<Listening> {
  const host = await untilAborted(addressOf(listen), signal);
  if (listen.port !== 0 || !isAnyAddress(host)) return Engine.start(identity, host, listen.port);
  const before = kept.port;
  const started = await startAtKeptPort(identity, host, kept, signal);
  const { port } = started.address;
  if (before !== undefined && port !== before)
    logger.warn(
      `Another program has port ${before}: pieces are served at port ${port} from now on. ` +
        'If a firewall or a router names the former port, change it there.',
    );
  await kept.keep(port).catch((error: unknown) => {
    logger.warn(`The port of this device will be another one after a restart: ${ShoalError.from(error).message}`);
  });
  return started;
}

async function startAtKeptPort(
  identity: TlsIdentity,
  host: string,
  kept: KeptPort,
  signal: AbortSignal,
): Promise<Listening> {
  let port = kept.choose();
  for (let tries = 1; ; tries++) {
    try {
      return await Engine.start(identity, host, port);
    } catch (error) {
      if (tries === MAX_PORTS || signal.aborted || ShoalError.from(error).code !== 'LISTEN_FAILED') throw error;
    }
    port = kept.chooseOther();
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
