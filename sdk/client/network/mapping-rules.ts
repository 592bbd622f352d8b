import { type Endpoint, formatEndpoint } from '../../protocol/index.js';
import type { ConnectMode, NoMapping } from '../api/reach.js';
import { isAnyAddress } from '../tracker/reach.js';

/** What decides whether a router is asked to open a port. */
export interface MappingFacts {
  /** As the user wants it. */
  readonly isOn: boolean;
  readonly connect: ConnectMode;
  readonly isSignedIn: boolean;
  /** Whether the tracker is on this computer. Nothing is then sent beyond it. */
  readonly isTrackerHere: boolean;
  readonly listening: Endpoint;
  /** The address that the user wants peers to dial. */
  readonly advertised: Endpoint | undefined;
}

/** Why no router is asked; undefined if one is asked. */
export function whyNotAsked(facts: MappingFacts): NoMapping | undefined {
  const { isOn, connect, isSignedIn, isTrackerHere, listening, advertised } = facts;
  if (!isOn) return { reason: 'off', why: 'The settings do not let the router open a port.' };
  if (connect === 'relay') return unused('The settings allow only the relay of the tracker');
  if (advertised)
    return unused(`Others dial the advertised address (${formatEndpoint(advertised.host, advertised.port)})`);
  if (!isAnyAddress(listening.host))
    return unused(`Pieces are served at ${listening.host} alone, not on every network`);
  if (!isSignedIn) return unused('Nobody is signed in');
  return isTrackerHere ? unused('The tracker is on this computer') : undefined;
}

function unused(why: string): NoMapping {
  return { reason: 'unused', why: `${why}, so the router is not asked to open a port.` };
}
