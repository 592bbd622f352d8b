import pg from 'pg';
import type { PostgresPlace, ServerPlace } from './postgres-url.js';

/** Time for one server to say whether it is the primary. */
const LOOK_TIMEOUT_MS = 5000;

/** The log of a primary has its timeline in its name; a standby has no name for it yet. */
const CURRENT_LOG =
  'SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_walfile_name(pg_current_wal_lsn()) END AS log';
/** Hexadecimal digits of a timeline in that name. */
const TIMELINE_DIGITS = 8;

/** Why a server is not the primary. */
export interface Refusal {
  readonly server: ServerPlace;
  readonly error: Error;
}

/** None of several servers is the primary. */
export class NoPrimary extends Error {
  readonly refusals: readonly Refusal[];

  constructor(refusals: readonly Refusal[]) {
    const each = refusals.map(({ server: { host, port }, error }) => `${host}:${port}: ${error.message}`);
    super(`none of its servers is the primary (${each.join('; ')})`);
    this.refusals = refusals;
  }
}

interface Found {
  readonly server: ServerPlace;
  readonly timeline: number;
}

/**
 * The server of a database that can be written. With several, that is the one that is no standby; each promotion begins a
 * timeline with a higher number, so that an old primary that comes back is told from the new one. A single server is taken as it is.
 */
export class Primary {
  readonly #place: PostgresPlace;
  #known: ServerPlace | undefined;
  /** The highest one that was seen. */
  #timeline = 0;
  #looking: Promise<ServerPlace> | undefined;

  constructor(place: PostgresPlace) {
    this.#place = place;
    if (!this.#isOneOfSeveral) [this.#known] = place.servers;
  }

  /** @throws NoPrimary */
  async server(): Promise<ServerPlace> {
    return this.#known ?? this.#find();
  }

  /** Looks again, after this server has failed. Returns the primary if it is another one. @throws NoPrimary */
  async insteadOf(failed: ServerPlace): Promise<ServerPlace | undefined> {
    if (!this.#isOneOfSeveral) return undefined;
    const found = this.#known === failed ? await this.#find() : await this.server();
    return found === failed ? undefined : found;
  }

  /** Checks that a new connection is one to the primary. */
  async check(client: pg.ClientBase): Promise<void> {
    if (this.#isOneOfSeveral) await this.#timelineOf(client);
  }

  get #isOneOfSeveral(): boolean {
    return this.#place.servers.length > 1;
  }

  #find(): Promise<ServerPlace> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<ServerPlace> {
    const before = this.#timeline;
    const looks = this.#place.servers.map((server) => this.#lookAt(server));
    const promoted = looks.map(async (look) => {
      const found = await look;
      if (before === 0 || found.timeline <= before) throw new Error('no other server was promoted');
      return found;
    });
    // A server that does not answer is not waited for where another one was promoted.
    const { server } = await Promise.any(promoted).catch(() => newestOf(this.#place.servers, looks));
    this.#known = server;
    return server;
  }

  async #lookAt(server: ServerPlace): Promise<Found> {
    const { database, user, password } = this.#place;
    const { host, port, tls } = server;
    const client = new pg.Client({
      ...{ host, port, database, user, password, ssl: tls, application_name: 'shoal-tracker' },
      ...{ connectionTimeoutMillis: LOOK_TIMEOUT_MS, query_timeout: LOOK_TIMEOUT_MS },
    });
    client.on('error', () => {}); // the query under way fails, and says so
    try {
      await client.connect();
      return { server, timeline: await this.#timelineOf(client) };
    } finally {
      client.end().catch(() => {}); // it was lost
    }
  }

  async #timelineOf(client: pg.ClientBase): Promise<number> {
    const { rows } = await client.query<{ log: string | null }>(CURRENT_LOG);
    const log = rows[0]?.log;
    if (typeof log !== 'string') throw new Error('it is a standby');
    const timeline = Number.parseInt(log.slice(0, TIMELINE_DIGITS), 16);
    if (!(timeline >= this.#timeline))
      throw new Error(
        `it is a primary of before a promotion (timeline ${timeline}, and another has ${this.#timeline})`,
      );
    this.#timeline = timeline;
    return timeline;
  }
}

/** @throws NoPrimary */
async function newestOf(servers: readonly ServerPlace[], looks: readonly Promise<Found>[]): Promise<Found> {
  const seen = await Promise.allSettled(looks);
  const found = seen.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const [newest] = found.toSorted((one, other) => other.timeline - one.timeline);
  if (newest) return newest;
  throw new NoPrimary(
    servers.flatMap((server, index) => {
      const one = seen[index];
      const error: unknown = one?.status === 'rejected' ? one.reason : undefined;
      return error instanceof Error ? [{ server, error }] : [];
    }),
  );
}
