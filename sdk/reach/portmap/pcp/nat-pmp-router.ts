import { PortMapError } from '../router/port-map-error.js';
import { requirePublic } from '../router/public-address.js';
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
  decodeAddress,
  decodeMapping,
  encodeAddressRequest,
  encodeMapRequest,
  NAT_PMP_UNSUPPORTED_VERSION,
  type NatPmpAddress,
  type NatPmpAnswer,
  type NatPmpMapping,
  natPmpResultText,
} from './nat-pmp.js';

/** RFC 6886, section 3.1: 250 ms, doubled each time. Its nine transmissions would take two minutes; routers answer within the first. */
const WAITS_MS = [250, 500, 1000, 2000, 4000];

/** A router that speaks NAT-PMP. */
export class NatPmpRouter implements Router {
  readonly by = 'nat-pmp';
  readonly #conversation: Conversation;
  readonly #port: number;
  #epoch: Epoch;

  private constructor(conversation: Conversation, port: number, epochSeconds: number) {
    this.#conversation = conversation;
    this.#port = port;
    this.#epoch = this.#epochNow(epochSeconds);
  }

  /** Finds out whether the gateway speaks NAT-PMP and has a public address, without changing anything there. */
  static async probe(conversation: Conversation, port: number, signal: AbortSignal): Promise<NatPmpRouter> {
    const { address, epochSeconds } = await askAddress(conversation, port, signal);
    requirePublic(address);
    return new NatPmpRouter(conversation, port, epochSeconds);
  }

  get route() {
    return this.#conversation.route;
  }

  async map(ports: Ports, signal: AbortSignal): Promise<Granted> {
    const { address } = await askAddress(this.#conversation, this.#port, signal);
    requirePublic(address);
    const answer = await this.#send(ports.internalPort, ports.externalPort, LEASE_SECONDS, signal);
    if (answer.lifetimeSeconds === 0 || answer.externalPort === 0)
      throw new PortMapError('malformed', 'The router granted a mapping (NAT-PMP) that is none.');
    this.#epoch = this.#epochNow(answer.epochSeconds);
    return { host: address, port: answer.externalPort, lifetimeMs: lifetimeMs(answer.lifetimeSeconds) };
  }

  async check(_ports: Ports, granted: Granted, signal: AbortSignal): Promise<'held' | 'lost'> {
    const { address, epochSeconds } = await askAddress(this.#conversation, this.#port, signal);
    const now = this.#epochNow(epochSeconds);
    const isLost = hasRestarted(this.#epoch, now) || address !== granted.host;
    this.#epoch = now;
    return isLost ? 'lost' : 'held';
  }

  async unmap({ internalPort }: Ports, signal: AbortSignal): Promise<void> {
    await this.#send(internalPort, 0, 0, signal);
  }

  async #send(
    internalPort: number,
    externalPort: number,
    lifetimeSeconds: number,
    signal: AbortSignal,
  ): Promise<NatPmpMapping> {
    const answer = await exchange<NatPmpMapping | NatPmpAnswer>(
      this.#conversation,
      {
        port: this.#port,
        bytes: encodeMapRequest(internalPort, externalPort, lifetimeSeconds),
        waitsMs: WAITS_MS,
        read: (bytes) => {
          const read = decodeMapping(bytes);
          return read && 'internalPort' in read && read.internalPort !== internalPort ? undefined : read;
        },
      },
      signal,
    );
    if (answer.result !== 0 || !('internalPort' in answer)) throw refusal(answer.result);
    return answer;
  }

  #epochNow(routerSeconds: number): Epoch {
    return { routerSeconds, atMs: this.#conversation.clock.nowMs() };
  }
}

async function askAddress(conversation: Conversation, port: number, signal: AbortSignal): Promise<NatPmpAddress> {
  const answer = await exchange<NatPmpAddress | NatPmpAnswer>(
    conversation,
    { port, bytes: encodeAddressRequest(), waitsMs: WAITS_MS, read: decodeAddress },
    signal,
  );
  if (!('address' in answer)) throw refusal(answer.result);
  return answer;
}

function refusal(result: number): PortMapError {
  if (result === NAT_PMP_UNSUPPORTED_VERSION)
    return new PortMapError('no-answer', 'The router does not speak NAT-PMP.');
  return new PortMapError(
    'refused',
    `The router refuses to open a port: ${natPmpResultText(result)}. Allow it in the router's settings, or forward the port by hand.`,
  );
}
