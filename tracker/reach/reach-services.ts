import type { TlsIdentity } from '@shoal/sdk/identity';
import { type MeetingWay, ShoalError } from '@shoal/sdk/protocol';
import type { Logger } from 'pino';
import type { AddressBudgets } from '../server/budgets/address-budgets.js';
import { KeyedBuckets } from '../server/budgets/keyed-buckets.js';
import type { TrackerLimits } from '../server/budgets/limits.js';
import type { ConnectionHub } from '../server/connections/connection-hub.js';
import type { Metrics } from '../server/metrics.js';
import type { Attendee } from '../swarm/meetings.js';
import { MemoryMeetings } from '../swarm/memory-meetings.js';
import type { RelayTokens } from '../swarm/relay-nodes.js';
import type { Swarm } from '../swarm/swarm.js';
import { probeWith } from './probe.js';
import { Punches } from './punches.js';
import { Reachability } from './reachability.js';
import { Relay } from './relay.js';
import type { Sites } from './sites.js';

export interface ReachServicesParts {
  readonly identity: TlsIdentity;
  readonly limits: TrackerLimits;
  readonly budgets: AddressBudgets;
  readonly swarm: Swarm;
  readonly hub: Pick<ConnectionHub, 'publishMoved' | 'roundTripMs'>;
  readonly sites: Sites;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** All by which the devices of a tracker with one process reach one another. */
export class ReachServices {
  readonly sites: Sites;
  readonly reach: Reachability;
  /** Undefined: this tracker relays nothing. */
  readonly relay: Relay | undefined;
  readonly punches: Punches;
  readonly meetings: MemoryMeetings;
  readonly turns: KeyedBuckets;
  readonly onMeeting: (by: MeetingWay, outcome: string) => void;

  constructor({ identity, limits, budgets, swarm, hub, sites, metrics, log }: ReachServicesParts) {
    const now = () => performance.now();
    this.sites = sites;
    this.reach = new Reachability({
      ...{ limits, budgets, swarm, sites, log, now },
      probe: probeWith(identity, limits.checkTimeoutMs),
      publish: (deviceId, holding, isReachOnly) => hub.publishMoved(deviceId, holding, isReachOnly),
      onVerdict: (verdict) => metrics.checked(verdict),
    });
    const counted = {
      onBytes: (bytes: number) => metrics.relayed(bytes),
      onSettled: (haveMet: boolean) => metrics.relayMet(haveMet),
    };
    this.relay = limits.relayBytesPerSecond > 0 ? new Relay({ limits, now, today: Date.now, ...counted }) : undefined;
    this.turns = new KeyedBuckets(now);
    this.punches = new Punches({
      ...{ limits, sites },
      roundTripMs: (deviceId) => hub.roundTripMs(deviceId),
      tell: (deviceId, payload) => {
        const message = { audience: { kind: 'device', deviceId }, event: 'meetGo', payload } as const;
        swarm
          .publish(message)
          .catch((error: unknown) => log.error({ err: error, deviceId }, 'a meeting was not announced'));
      },
      onSettled: (haveMet) => metrics.punchMet(haveMet),
    });
    const { turns, relay, punches } = this;
    this.meetings = new MemoryMeetings({ limits, turns, relay, punches, shared: swarm.limits, others: swarm.relays });
    if (relay) swarm.relays?.serve((requester, source) => placeAt(relay, requester, source));
    this.onMeeting = (by, outcome) => metrics.meetingAsked(by, outcome);
  }

  /** What a tracker says in `hello` that it offers now: the relay may be that of another node, which comes and goes. */
  offers(): readonly string[] {
    return ['reach', 'meetings', 'punch', ...(this.meetings.ways.has('relay') ? ['relay'] : [])];
  }

  /** Ends checks, relayed connections and open meetings. */
  async close(): Promise<void> {
    this.reach.close();
    this.relay?.close();
    this.punches.close();
    await this.meetings.close();
  }
}

/** Keeps a place for devices of other nodes; undefined if there is no room. */
function placeAt(relay: Relay, requester: Attendee, source: Attendee): RelayTokens | undefined {
  try {
    return relay.reserve(requester, source).tokens;
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'RELAY_LIMITED') return undefined;
    throw error;
  }
}
