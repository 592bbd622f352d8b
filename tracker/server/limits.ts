import { DEFAULT_QUOTAS, type Quotas } from '../store/quotas.js';

/** How much at once, and on average afterwards. */
export interface Rate {
  readonly atOnce: number;
  readonly perHour: number;
}

/** What a tracker bears. All can be set when it is started as a library. */
export interface TrackerLimits extends Quotas {
  /** Connections at once, in all and from one address. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Those on which nobody has signed in, in all and from one address: beyond, the oldest goes, silent ones first. */
  readonly strangers: number;
  readonly strangersPerAddress: number;
  /** From the first byte of TCP to a `hello` or a request with a session's token. */
  readonly silentTimeoutMs: number;
  /** Bytes taken from who has not signed in, and bytes that may wait for them until they are asked for no more. */
  readonly strangerBytes: number;
  readonly strangerUnreadBytes: number;
  /** Requests of one connection: on average, and at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** From the first byte to a sign-in; and how long someone may stay signed out afterwards. */
  readonly signInTimeoutMs: number;
  /** Between two pings; a connection that answers none of three is ended at the next. */
  readonly pingEveryMs: number;
  /** Bytes that may wait for a client that does not read, until it is asked for no more requests. */
  readonly unreadBytes: number;
  /** Bytes that may wait for all clients together; beyond, whoever has left the most unread is cut off. */
  readonly unreadBytesInAll: number;
  /** Files whose sources one connection may watch. */
  readonly watches: number;
  /** What may be done from one address (of IPv6 one /64), whoever does it. */
  readonly signUpsPerAddress: Rate;
  readonly groupsPerAddress: Rate;
  readonly requestsPerAddress: Rate;
  readonly filesPerAddress: Rate;
  readonly manifestBytesPerAddress: Rate;
  /** Lines of the log on what users do. */
  readonly logLinesPerAddress: Rate;
  /** Devices that one user may be signed in on at once. */
  readonly devicesPerUser: number;
  /** Contents that one device may say it holds. */
  readonly announcesPerDevice: number;
  /** How long requests under way may take when the tracker stops. */
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
  watches: 10_000,
  // A course that signs up behind one address, and a laboratory that shares all it has, go through at once.
  signUpsPerAddress: { atOnce: 200, perHour: 360 },
  groupsPerAddress: { atOnce: 300, perHour: 120 },
  requestsPerAddress: { atOnce: 1000, perHour: 3600 },
  filesPerAddress: { atOnce: 1_000_000, perHour: 360_000 },
  logLinesPerAddress: { atOnce: 2000, perHour: 3600 },
  manifestBytesPerAddress: { atOnce: 512 * 1024 * 1024, perHour: 1024 * 1024 * 1024 },
  devicesPerUser: 64,
  announcesPerDevice: 250_000,
  drainMs: 5000,
};
