import type { Endpoint, MeetingWay } from '@shoal/sdk/protocol';
import type { RelayTokens } from './relay-nodes.js';

/** One of the two devices of a meeting. */
export interface Attendee {
  readonly deviceId: string;
  readonly userId: string;
}

/** A device of which the tracker knows where it sees it. */
export interface SeenAttendee extends Attendee {
  readonly seen: string;
}

/** A meeting that was arranged. */
export interface Meeting {
  /** Names it to the two devices: 16 random bytes, base64url. */
  readonly meeting: string;
  /** Tokens of the same form that admit the two devices to the relay, each once. */
  readonly relayTokens?: RelayTokens;
  /** Where these are valid, if that is another node. */
  readonly via?: Endpoint;
  /** Tokens of the same form by which the two devices show a port to the tracker, each once. */
  readonly observeTokens?: { readonly requester: string; readonly source: string };
}

/**
 * Meetings of devices of which one cannot dial the other. Like the swarm, they last no longer than connections. Whether the two
 * may meet is decided before.
 */
export interface Meetings {
  /** The ways by which devices can meet here. */
  readonly ways: ReadonlySet<MeetingWay>;
  /**
   * Arranges a meeting. It must take place within some seconds.
   * @param mayBeElsewhere whether the relay may be that of another node
   * @throws ShoalError `RATE_LIMITED` if one of the two meets too often, `RELAY_LIMITED`, `PEER_UNREACHABLE` if they cannot meet by
   * this way
   */
  arrange(by: MeetingWay, requester: SeenAttendee, source: SeenAttendee, mayBeElsewhere?: boolean): Promise<Meeting>;
  close(): Promise<void>;
}
