import type { Endpoint } from '@shoal/sdk/protocol';
import type { Attendee } from './meetings.js';

/** Tokens that admit two devices to a relay, each once. */
export interface RelayTokens {
  readonly requester: string;
  readonly source: string;
}

/** A place at the relay of another node. */
export interface RelayElsewhere {
  readonly tokens: RelayTokens;
  /** Where the devices dial that node. */
  readonly via: Endpoint;
}

/** The relays of the nodes of a tracker: one that has none, or no room, sends devices to another one. */
export interface RelayNodes {
  /** Whether other nodes relay, at addresses that they announce. */
  readonly areThere: boolean;
  /** Keeps a place for two devices at another node; undefined if none has room. */
  ask(requester: Attendee, source: Attendee): Promise<RelayElsewhere | undefined>;
  /** Answers other nodes. @param keep keeps a place at this node's relay; undefined: there is no room */
  serve(keep: (requester: Attendee, source: Attendee) => RelayTokens | undefined): void;
}
