import { BlockList, isIPv4 } from 'node:net';
import { isLoopbackAddress, isPrivateAddress } from '../../protocol/index.js';
import { type Interfaces, systemInterfaces } from '../../reach/index.js';
import type { DialsBlocked } from '../network-messages.js';

/** What keeps this device from dialling others. */
export type Blocked = Omit<DialsBlocked, 'type'>;

/** Users whose devices do not answer before all outgoing dials count as blocked: one or two may have gone. */
const SILENT_USERS = 3;
/** A finding is forgotten after this time. */
const FORGET_AFTER_MS = 600_000;
const MAX_SILENT = 100;

/** A dial to one address. */
export interface DialReport {
  readonly userId: string;
  readonly host: string;
  /** Whether the tracker reached the device at this address. */
  readonly isOpen: boolean;
  /** Why it failed; `silence`: nobody answered in time; undefined if the device answered. */
  readonly fault: string | undefined;
}

export interface DialFindingsContext {
  readonly platform: NodeJS.Platform;
  /** Whether an address is in a network of an interface of this computer. */
  readonly isOnLink: (host: string) => boolean;
  readonly onChanged: (blocked: Blocked) => void;
}

/** The fault of a dial that nobody answered in time. */
export const SILENCE = 'no answer';

/**
 * Finds out from dials whether something on this side blocks all of them. A firewall that refuses instead of staying silent looks like
 * the other device, so that it is not found. On macOS, a program without the permission for the local network gets EHOSTUNREACH at
 * once; a computer that is off is EHOSTDOWN there.
 */
export class DialFindings {
  readonly #context: DialFindingsContext;
  /** When devices that the tracker reached were silent last, by user, oldest first. */
  readonly #silent = new Map<string, number>();
  #isOwnNetworkBlocked = false;
  #told: Blocked = { outgoing: false, ownNetwork: false };

  constructor(context: DialFindingsContext) {
    this.#context = context;
  }

  report({ userId, host, isOpen, fault }: DialReport, nowMs: number): void {
    if (isLoopbackAddress(host)) return;
    if (isPrivateAddress(host)) this.#reportNear(host, fault);
    else if (fault !== SILENCE)
      this.#silent.clear(); // something came back, so that dials leave the network
    else if (isOpen && isIPv4(host)) this.#addSilent(userId, nowMs); // IPv6 alone is often broken
    this.review(nowMs);
  }

  /** Forgets everything: the network is another one. */
  networkChanged(nowMs: number): void {
    this.#silent.clear();
    this.#isOwnNetworkBlocked = false;
    this.review(nowMs);
  }

  /** Forgets old findings; called about every second. */
  review(nowMs: number): void {
    for (const [userId, atMs] of this.#silent) {
      if (nowMs - atMs < FORGET_AFTER_MS && this.#silent.size <= MAX_SILENT) break;
      this.#silent.delete(userId);
    }
    const blocked = { outgoing: this.#silent.size >= SILENT_USERS, ownNetwork: this.#isOwnNetworkBlocked };
    if (blocked.outgoing === this.#told.outgoing && blocked.ownNetwork === this.#told.ownNetwork) return;
    this.#told = blocked;
    this.#context.onChanged(blocked);
  }

  #reportNear(host: string, fault: string | undefined): void {
    const { platform, isOnLink } = this.#context;
    if (platform !== 'darwin' || !isIPv4(host)) return;
    if (fault?.includes('EHOSTUNREACH') && isOnLink(host)) this.#isOwnNetworkBlocked = true;
    else if (fault === undefined || fault.includes('ECONNREFUSED')) this.#isOwnNetworkBlocked = false;
  }

  #addSilent(userId: string, nowMs: number): void {
    this.#silent.delete(userId);
    this.#silent.set(userId, nowMs);
  }
}

/** Whether an IPv4 address is in a network of an interface of this computer. */
export function isOnLink(host: string, interfaces: Interfaces = systemInterfaces()): boolean {
  const networks = new BlockList();
  for (const { family, address, cidr, internal } of Object.values(interfaces).flatMap((infos) => infos ?? []))
    if (family === 'IPv4' && cidr && !internal) networks.addSubnet(address, Number(cidr.split('/')[1]), 'ipv4');
  return networks.check(host, 'ipv4');
}
