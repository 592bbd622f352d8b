import { DEFAULT_QUOTAS, type Quotas } from '../../store/quotas.js';

/** A budget: a burst, and a long-term average. */
export interface Rate {
  /** Number of actions in a burst. */
  readonly atOnce: number;
  /** Number of actions an hour on average. */
  readonly perHour: number;
}

/** Limits of a tracker. `startTracker` can override each of them. */
export interface TrackerLimits extends Quotas {
  /** Connections in total. */
  readonly connections: number;
  /** Connections from one address. */
  readonly connectionsPerAddress: number;
  /** Connections before sign-in, in total. Beyond it, the tracker closes the oldest one, silent ones first. */
  readonly strangers: number;
  /** Connections before sign-in from one address. Beyond it, the tracker closes the oldest one, silent ones first. */
  readonly strangersPerAddress: number;
  /** Time from the first byte of TCP to a `hello`, or to a request with a session's token, in milliseconds. */
  readonly silentTimeoutMs: number;
  /** Bytes that the tracker reads from a connection before sign-in. */
  readonly strangerBytes: number;
  /** Unread answers for a connection before sign-in, in bytes. Beyond it, the tracker reads no more requests. */
  readonly strangerUnreadBytes: number;
  /** Average requests per second of one connection. */
  readonly requestsPerSecond: number;
  /** Requests of one connection in a burst. */
  readonly requestBurst: number;
  /** Time from the first byte to a sign-in, and from a sign-out to the next sign-in, in milliseconds. */
  readonly signInTimeoutMs: number;
  /** Interval of pings in milliseconds. The tracker ends a connection after three pings without an answer. */
  readonly pingEveryMs: number;
  /** Unread answers for one client in bytes. Beyond it, the tracker reads no more requests. */
  readonly unreadBytes: number;
  /** Unread answers for all clients in bytes. Beyond it, the tracker disconnects the client with the most. */
  readonly unreadBytesInAll: number;
  /** Addresses of devices that are checked at once; 0: none is ever checked. */
  readonly checksAtOnce: number;
  /** The same at one address of a target. */
  readonly checksAtOncePerHost: number;
  /** Time for one check of an address in milliseconds. */
  readonly checkTimeoutMs: number;
  /** Checks of one device in a burst. */
  readonly checkBurst: number;
  /** Time between checks of one device on average, in milliseconds. */
  readonly checkPauseMs: number;
  /** Time until an address is checked again, in milliseconds. */
  readonly checkEveryMs: number;
  /** Requests of one device to meet others. */
  readonly meetingsPerDevice: Rate;
  /** Meetings that one device asked for and that have not taken place yet. */
  readonly meetingsAtOncePerDevice: number;
  /** Meetings to which one device is asked and that have not taken place yet. */
  readonly meetingsAtOncePerSource: number;
  /** Time until a meeting must have taken place, in milliseconds. */
  readonly meetingMs: number;
  /** Bytes a second that the relay carries in all, in both directions together; 0: this tracker relays nothing. */
  readonly relayBytesPerSecond: number;
  /** Bytes a second of one relayed connection. */
  readonly relayBytesPerSecondPerSession: number;
  /** Bytes of one relayed connection, after which it ends. */
  readonly relayBytesPerSession: number;
  /** Bytes that are relayed for one user, who asked for the meetings, on one day (UTC). */
  readonly relayBytesPerUserAndDay: number;
  /** Relayed connections in total. */
  readonly relaySessions: number;
  /** Relayed connections of one device. */
  readonly relaySessionsPerDevice: number;
  /** Relayed connections of one user, who asked for the meetings. */
  readonly relaySessionsPerUser: number;
  /** Time without a byte after which a relayed connection ends, in milliseconds. */
  readonly relayIdleMs: number;
  /** Files whose sources one connection may watch. */
  readonly watches: number;
  /** New accounts from one address (IPv6: one /64), as all of the following budgets. */
  readonly signUpsPerAddress: Rate;
  /** New groups from one address. */
  readonly groupsPerAddress: Rate;
  /** Requests to join from one address. */
  readonly requestsPerAddress: Rate;
  /** New shares from one address. */
  readonly filesPerAddress: Rate;
  /** Bytes of uploaded manifests from one address. */
  readonly manifestBytesPerAddress: Rate;
  /** Checked addresses of the devices at one address. */
  readonly checksPerAddress: Rate;
  /** Checks at one address that is not the announcing device's own. */
  readonly checksPerTarget: Rate;
  /** Log lines about actions from one address. */
  readonly logLinesPerAddress: Rate;
  /** Devices on which one user may be signed in at once. */
  readonly devicesPerUser: number;
  /** Contents that one device may announce. */
  readonly announcesPerDevice: number;
  /** Time for clients to go to other nodes of the tracker before this one stops, in milliseconds. */
  readonly leaveMs: number;
  /** Time for current requests when the tracker stops, in milliseconds. */
  readonly drainMs: number;
}

export const DEFAULT_LIMITS: TrackerLimits = {
  ...DEFAULT_QUOTAS,
  connections: 10_000,
  connectionsPerAddress: 1000,
  strangers: 4000,
  strangersPerAddress: 256,
  silentTimeoutMs: 15_000,
  strangerBytes: 64 * 1024,
  strangerUnreadBytes: 16 * 1024,
  requestsPerSecond: 200,
  requestBurst: 2000,
  signInTimeoutMs: 600_000,
  pingEveryMs: 15_000,
  unreadBytes: 256 * 1024,
  unreadBytesInAll: 256 * 1024 * 1024,
  checksAtOnce: 32,
  checksAtOncePerHost: 2,
  checkTimeoutMs: 5000,
  checkBurst: 3,
  checkPauseMs: 60_000,
  checkEveryMs: 3_600_000,
  meetingsPerDevice: { atOnce: 30, perHour: 1800 },
  meetingsAtOncePerDevice: 4,
  meetingsAtOncePerSource: 16,
  meetingMs: 10_000,
  relayBytesPerSecond: 8 * 1024 * 1024,
  relayBytesPerSecondPerSession: 2 * 1024 * 1024,
  relayBytesPerSession: 10 * 1024 ** 3,
  relayBytesPerUserAndDay: 20 * 1024 ** 3,
  relaySessions: 64,
  relaySessionsPerDevice: 4,
  relaySessionsPerUser: 16,
  relayIdleMs: 60_000,
  watches: 10_000,
  // Large enough for a course that signs up behind one address, and for a laboratory that shares all of its data.
  signUpsPerAddress: { atOnce: 200, perHour: 360 },
  groupsPerAddress: { atOnce: 300, perHour: 120 },
  requestsPerAddress: { atOnce: 1000, perHour: 3600 },
  filesPerAddress: { atOnce: 1_000_000, perHour: 360_000 },
  logLinesPerAddress: { atOnce: 2000, perHour: 3600 },
  checksPerAddress: { atOnce: 500, perHour: 7200 },
  checksPerTarget: { atOnce: 30, perHour: 60 },
  manifestBytesPerAddress: { atOnce: 512 * 1024 * 1024, perHour: 1024 * 1024 * 1024 },
  devicesPerUser: 64,
  announcesPerDevice: 250_000,
  leaveMs: 15_000,
  drainMs: 5000,
};

/** The limits of a relay with a rate: one connection gets a quarter of a larger one, because the default suits a small line. */
export function relayLimits(
  bytesPerSecond: number,
): Pick<TrackerLimits, 'relayBytesPerSecond' | 'relayBytesPerSecondPerSession'> {
  return {
    relayBytesPerSecond: bytesPerSecond,
    relayBytesPerSecondPerSession: Math.max(DEFAULT_LIMITS.relayBytesPerSecondPerSession, bytesPerSecond / 4),
  };
}
