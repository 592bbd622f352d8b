/** What a tracker bears. All can be set when it is started as a library. */
export interface TrackerLimits {
  /** Connections at once, in all and from one address. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Requests of one connection: on average, and at once. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** From the first byte to a sign-in; and how long someone may stay signed out afterwards. */
  readonly signInTimeoutMs: number;
  /** Between two pings; a connection that answers none is ended at the next. */
  readonly pingEveryMs: number;
  /** Bytes that may wait for a client that does not read. */
  readonly unreadBytes: number;
  /** Files whose sources one connection may watch. */
  readonly watches: number;
  /** How long requests under way may take when the tracker stops. */
  readonly drainMs: number;
}

export const DEFAULT_LIMITS: TrackerLimits = {
  connections: 10_000,
  connectionsPerAddress: 1000,
  requestsPerSecond: 200,
  requestBurst: 2000,
  signInTimeoutMs: 600_000,
  pingEveryMs: 15_000,
  unreadBytes: 8 * 1024 * 1024,
  watches: 10_000,
  drainMs: 5000,
};
