import { type Endpoint, formatEndpoint, isLoopbackAddress } from '../../protocol/index.js';
import { isGlobalAddress } from '../../reach/index.js';
import type { ConnectMode, Reach, ReachAddress, ReachMapping } from '../api/reach.js';

/** What is known about how others reach this device. */
export interface ReachFacts {
  readonly isSignedIn: boolean;
  /** Why others cannot reach it at all, as far as this device knows by itself. */
  readonly fault: string | undefined;
  /**
   * Where the tracker is. What it reaches from this computer or from its network says nothing about others elsewhere,
   * whatever the address: it passes no router.
   */
  readonly trackerAt: 'here' | 'network' | 'internet';
  /** Whether the tracker checks addresses. */
  readonly isChecked: boolean;
  /** Whether the tracker lets devices meet that cannot dial one another. */
  readonly hasMeetings: boolean;
  /** Whether the tracker has a relay. */
  readonly hasRelay: boolean;
  readonly connect: ConnectMode;
  readonly addresses: readonly ReachAddress[];
  readonly mapping: ReachMapping | undefined;
  /** What of this device's dials is blocked on this side: all of them, or those in the own network. */
  readonly blocked: { readonly outgoing: boolean; readonly ownNetwork: boolean };
}

/** The situation of a device and its sentence. */
export function situationOf(facts: ReachFacts): Pick<Reach, 'situation' | 'sentence'> {
  if (!facts.isSignedIn) {
    const sentence = 'Whether others reach this computer shows once somebody is signed in and the tracker answers.';
    return { situation: 'signedOut', sentence };
  }
  if (facts.fault !== undefined) return { situation: 'nowhere', sentence: facts.fault };
  if (facts.connect === 'relay') return { situation: 'relayOnly', sentence: relayOnly(facts) };
  if (facts.blocked.ownNetwork) return { situation: 'noLocalNetwork', sentence: NO_LOCAL_NETWORK };
  if (!facts.isChecked) {
    const sentence =
      'The tracker is older and does not check whether others reach this computer: ask its operator to update it.';
    return { situation: 'unknown', sentence };
  }
  const checked = facts.addresses.filter(({ verdict }) => verdict !== 'unchecked');
  if (checked.length === 0)
    return { situation: 'checking', sentence: 'The tracker has not yet checked whether others reach this computer.' };
  const open = openAddress(facts.addresses);
  if (open) return openAt(open, facts);
  return facts.blocked.outgoing && facts.trackerAt === 'internet'
    ? { situation: 'filtered', sentence: filtered(facts) }
    : { situation: 'behind', sentence: behind(facts) };
}

const NO_LOCAL_NETWORK =
  'macOS does not let this program into the local network: allow it in System Settings, Privacy & Security, Local Network.';

/** The open address that reaches furthest. */
export function openAddress(addresses: readonly ReachAddress[]): ReachAddress | undefined {
  const open = addresses.filter(({ verdict }) => verdict === 'open');
  return open.find(({ host }) => isGlobalAddress(host)) ?? open.find(({ host }) => !isLoopbackAddress(host)) ?? open[0];
}

function openAt(open: ReachAddress, { mapping, trackerAt }: ReachFacts): Pick<Reach, 'situation' | 'sentence'> {
  const { host, port } = open;
  const place = formatEndpoint(host, port);
  if (trackerAt === 'internet' && isGlobalAddress(host)) {
    const how = mapping && isSame(mapping, { host, port }) ? `, opened on the router by ${mapping.by}` : '';
    return { situation: 'open', sentence: `Others reach this computer directly (${place}${how}).` };
  }
  if (trackerAt === 'here') {
    const sentence = 'The tracker is on this computer, and cannot tell whether other computers reach it.';
    return { situation: 'local', sentence };
  }
  const sentence =
    `Others in this network reach this computer directly (${place}). ` +
    'The tracker is in this network, too, and cannot tell whether others do.';
  return { situation: 'lan', sentence };
}

function behind({ hasMeetings, hasRelay, connect }: ReachFacts): string {
  const nobody = 'A router or a firewall lets nobody in to this computer.';
  if (!hasMeetings)
    return `${nobody} Forward a port of the router to it, and give that address as the one to advertise.`;
  const relays = hasRelay && connect === 'auto';
  const both = relays ? 'the relay of the tracker carries the data' : 'there is no connection';
  return `${nobody} It connects from the inside; if that fails, too, ${both}.`;
}

function filtered({ hasRelay, connect }: ReachFacts): string {
  const only = 'Only the tracker can be reached from here: a firewall lets no other connections out.';
  if (hasRelay && connect === 'auto') return `${only} The relay of the tracker carries the data.`;
  return `${only} Nothing can be transferred unless the relay of the tracker carries the data, or the firewall lets connections out.`;
}

function relayOnly({ hasRelay }: ReachFacts): string {
  if (hasRelay) return 'All transfers take the relay of the tracker, as the settings say.';
  return 'The settings allow only the relay of the tracker, and this tracker has none: nothing can be transferred.';
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port;
}
