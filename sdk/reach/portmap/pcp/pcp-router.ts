import { PortMapError } from '../router/port-map-error.js';
import {
  type Conversation,
  type Granted,
  LEASE_SECONDS,
  lifetimeMs,
  type Ports,
  type Router,
} from '../router/router.js';
import { type Epoch, hasRestarted } from './epoch.js';
import { exchange } from './exchange.js';
import {
  decodePcpAnnounce,
  decodePcpMap,
  encodePcpAnnounce,
  encodePcpMap,
  PCP_ADDRESS_MISMATCH,
  PCP_SUCCESS,
  PCP_UNSUPPORTED_OPCODE,
  PCP_UNSUPPORTED_VERSION,
  type PcpAnswer,
  type PcpMapAnswer,
  pcpResultText,
} from './pcp.js';

/** RFC 6887, section 8.1.1: the first wait; each further one is twice as long, a tenth more or less. Here two are enough. */
const FIRST_WAIT_MS = 3000;
const TRANSMISSIONS = 2;

/** A router that speaks PCP. */
export class PcpRouter implements Router {
  readonly by = 'pcp';
  readonly #conversation: Conversation;
  readonly #port: number;
  /** Proves to the router that a renewal or a deletion comes from who made the mapping, and to this end that an answer is no forgery. */
  readonly #nonce: Uint8Array;
  #epoch: Epoch;

  private constructor(conversation: Conversation, port: number, nonce: Uint8Array, epochSeconds: number) {
    this.#conversation = conversation;
    this.#port = port;
    this.#nonce = nonce;
    this.#epoch = this.#epochNow(epochSeconds);
  }

  /** Finds out whether the gateway speaks PCP, without changing anything there. */
  static async probe(
    conversation: Conversation,
    port: number,
    nonce: Uint8Array,
    signal: AbortSignal,
  ): Promise<PcpRouter> {
    const { epochSeconds } = await announce(conversation, port, signal);
    return new PcpRouter(conversation, port, nonce, epochSeconds);
  }

  get route() {
    return this.#conversation.route;
  }

  async map(ports: Ports, signal: AbortSignal): Promise<Granted> {
    const answer = await this.#send(ports, LEASE_SECONDS, signal);
    if (answer.lifetimeSeconds === 0 || answer.externalPort === 0)
      throw new PortMapError('malformed', 'The router granted a mapping (PCP) that is none.');
    this.#epoch = this.#epochNow(answer.epochSeconds);
    return {
      host: answer.externalAddress,
      port: answer.externalPort,
      lifetimeMs: lifetimeMs(answer.lifetimeSeconds),
    };
  }

  async check(_ports: Ports, _granted: Granted, signal: AbortSignal): Promise<'held' | 'lost'> {
    const { epochSeconds } = await announce(this.#conversation, this.#port, signal);
    const now = this.#epochNow(epochSeconds);
    const isLost = hasRestarted(this.#epoch, now);
    this.#epoch = now;
    return isLost ? 'lost' : 'held';
  }

  async unmap(ports: Ports, signal: AbortSignal): Promise<void> {
    await this.#send(ports, 0, signal);
  }

  async #send(ports: Ports, lifetimeSeconds: number, signal: AbortSignal): Promise<PcpMapAnswer> {
    const client = this.route.localAddress;
    const answer = await exchange<PcpMapAnswer | PcpAnswer>(
      this.#conversation,
      {
        port: this.#port,
        bytes: encodePcpMap({ client, nonce: this.#nonce, lifetimeSeconds, ...ports }),
        waitsMs: waitsMs(this.#conversation.random),
        read: (bytes) => {
          const read = decodePcpMap(bytes);
          const isOurs =
            !read || !('nonce' in read) || (this.#isOwnNonce(read) && read.internalPort === ports.internalPort);
          return isOurs ? read : undefined;
        },
      },
      signal,
    );
    if (answer.result !== PCP_SUCCESS || !('nonce' in answer)) throw refusal(answer.result);
    return answer;
  }

  #isOwnNonce({ nonce }: PcpMapAnswer): boolean {
    return nonce.equals(this.#nonce);
  }

  #epochNow(routerSeconds: number): Epoch {
    return { routerSeconds, atMs: this.#conversation.clock.nowMs() };
  }
}

/** Asks for the router's epoch. One that does not know the operation answers with its epoch, too. */
async function announce(conversation: Conversation, port: number, signal: AbortSignal): Promise<PcpAnswer> {
  const answer = await exchange(
    conversation,
    {
      port,
      bytes: encodePcpAnnounce(conversation.route.localAddress),
      waitsMs: waitsMs(conversation.random),
      read: decodePcpAnnounce,
    },
    signal,
  );
  if (answer.result === PCP_SUCCESS || answer.result === PCP_UNSUPPORTED_OPCODE) return answer;
  throw refusal(answer.result);
}

function refusal(result: number): PortMapError {
  if (result === PCP_UNSUPPORTED_VERSION) return new PortMapError('no-answer', 'The router does not speak PCP.');
  if (result === PCP_ADDRESS_MISMATCH)
    return new PortMapError('double-nat', 'Another router stands between this computer and the one that opens ports.');
  return new PortMapError(
    'refused',
    `The router refuses to open a port: ${pcpResultText(result)}. Allow it in the router's settings, or forward the port by hand.`,
  );
}

function waitsMs(random: () => number): number[] {
  return Array.from({ length: TRANSMISSIONS }, (_none, index) => FIRST_WAIT_MS * 2 ** index * (0.9 + 0.2 * random()));
}
