import type { Endpoint, MeetingWay, TrackerMethod, TrackerParams, TrackerResult } from '@shoal/sdk/protocol';
import type { Accounts } from '../accounts/accounts.js';
import type { TicketKeys } from '../accounts/ticket-keys.js';
import type { Reachability } from '../reach/reachability.js';
import type { Sites } from '../reach/sites.js';
import type { AddressBudgets } from '../server/budgets/address-budgets.js';
import type { KeyedBuckets } from '../server/budgets/keyed-buckets.js';
import type { TrackerLimits } from '../server/budgets/limits.js';
import type { Connection } from '../server/connections/connection.js';
import type { ConnectionHub } from '../server/connections/connection-hub.js';
import type { NodeStop } from '../server/connections/node-stop.js';
import type { Slices } from '../server/slices.js';
import type { Store } from '../store/store.js';
import type { Meetings } from '../swarm/meetings.js';
import type { Swarm } from '../swarm/swarm.js';
import type { MemberLists } from './member-lists.js';
import type { Untold } from './untold.js';

/** The services that the methods use. */
export interface MethodContext {
  readonly store: Store;
  readonly members: MemberLists;
  readonly swarm: Swarm;
  readonly hub: ConnectionHub;
  readonly untold: Untold;
  readonly accounts: Accounts;
  readonly tickets: TicketKeys;
  readonly limits: TrackerLimits;
  readonly budgets: AddressBudgets;
  readonly sites: Sites;
  readonly reach: Reachability;
  readonly meetings: Meetings;
  /** Called with the outcome of each request to meet: `ok` or an error code. */
  readonly onMeeting: (by: MeetingWay, outcome: string) => void;
  /** What the tracker offers so that devices reach one another. */
  readonly reachOffers: () => readonly string[];
  /** Bounds what one device asks of the tracker, by method. */
  readonly turns: KeyedBuckets;
  /** Splits long work, so that others have their turn. */
  readonly slices: Slices;
  /** The TLS fingerprint of the tracker, which devices sign. */
  readonly fingerprint: string;
  /** Where clients of other nodes dial this one to meet; undefined: where the client connected. */
  readonly meetingPlace?: Endpoint | undefined;
  /** Whether this node stops. */
  readonly stop: Pick<NodeStop, 'isBegun'>;
  readonly now: () => number;
}

/** Handles one method: takes the parsed parameters and returns the result. A `ShoalError` refuses the request. */
export type Handler<M extends TrackerMethod> = (
  params: TrackerParams<M>,
  connection: Connection,
  context: MethodContext,
) => Promise<TrackerResult<M>>;

export type Handlers = { readonly [M in TrackerMethod]: Handler<M> };
