import type { Endpoint, ErrorCode, MeetingWay } from '../protocol/index.js';

/** Which ways to peers are used. `direct`: no relay. `relay`: nothing but the relay, which hides addresses from other members. */
export type ConnectMode = 'auto' | 'direct' | 'relay';

/** Where the tracker is, and the token (base64url) that admits this device once: to its relay, or to show it a port. */
export interface TrackerPlace extends Endpoint {
  readonly token: string;
}

/** The application thread's commands about ways to peers, and what the tracker says of meetings. */
export type NetworkCommand =
  /** Which ways to peers are used: all, all without the relay, or the relay only. */
  | { readonly type: 'ways'; readonly connect: ConnectMode }
  /** The computer is in another network or woke up: connections that no longer work are dropped soon, and dialled again. */
  | { readonly type: 'networkChanged' }
  /**
   * The tracker arranged the meeting of a `meetWanted`. `relay`: where the relay listens, and the token for it. `observer`: where to show a
   * port, for a meeting by `punch`.
   */
  | {
      readonly type: 'meeting';
      readonly request: number;
      readonly meeting: string;
      readonly relay?: TrackerPlace;
      readonly observer?: TrackerPlace;
    }
  /** The tracker did not arrange the meeting of a `meetWanted`. */
  | { readonly type: 'noMeeting'; readonly request: number; readonly code: ErrorCode; readonly message: string }
  /**
   * A member asks this device to meet: it dials one of the addresses or the relay, or shows a port and waits for `meetGo`, and serves pieces
   * on that connection.
   */
  | {
      readonly type: 'called';
      readonly meeting: string;
      readonly deviceId: string;
      readonly userId: string;
      readonly addresses: readonly Endpoint[];
      readonly relay?: TrackerPlace;
      readonly observer?: TrackerPlace;
    }
  /** Both devices of a meeting showed a port: this one dials the other one at `address`, after `afterMs` milliseconds. */
  | { readonly type: 'meetGo'; readonly meeting: string; readonly address: Endpoint; readonly afterMs: number };

/** Something on this side blocks dials, or no longer does. */
export interface DialsBlocked {
  readonly type: 'dialsBlocked';
  /** No dial leaves the network: several devices that the tracker reached do not answer this one, and nobody else does. */
  readonly outgoing: boolean;
  /** The system lets this program dial nobody in the own network. */
  readonly ownNetwork: boolean;
}

/** A source cannot be dialled. Answered with `meeting` or `noMeeting`. */
export interface MeetWanted {
  readonly type: 'meetWanted';
  readonly request: number;
  readonly groupId: string;
  readonly deviceId: string;
  readonly by: MeetingWay;
}
