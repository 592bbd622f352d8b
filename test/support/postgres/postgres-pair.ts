import { until } from '../until.js';
import { PASSWORD, PostgresServer, ROLE } from './postgres-server.js';

/** A primary, and a standby that has every change before it is acknowledged. After a promotion, they swap their places. */
export class PostgresPair {
  readonly #ports: readonly number[];
  #primary: PostgresServer;
  #standby: PostgresServer;

  private constructor(primary: PostgresServer, standby: PostgresServer) {
    this.#primary = primary;
    this.#standby = standby;
    this.#ports = [primary.port, standby.port];
  }

  static async start(): Promise<PostgresPair> {
    const primary = await PostgresServer.start();
    let pair: PostgresPair;
    try {
      pair = new PostgresPair(primary, await PostgresServer.standbyOf(primary));
    } catch (error) {
      await primary.stop();
      throw error;
    }
    try {
      await pair.#synchronize();
    } catch (error) {
      await pair.stop();
      throw error;
    }
    return pair;
  }

  get primary(): PostgresServer {
    return this.#primary;
  }

  /** The standby; after a promotion, the server that was the primary. */
  get standby(): PostgresServer {
    return this.#standby;
  }

  /** The URL of a database, which names both servers. */
  url(database: string): string {
    const servers = this.#ports.map((port) => `127.0.0.1:${port}`).join(',');
    return `postgres://${ROLE}:${encodeURIComponent(PASSWORD)}@${servers}/${database}`;
  }

  /** Makes the standby the primary. It waits for no standby until there is one again. */
  async promote(): Promise<void> {
    await this.#standby.run('postgres', 'SELECT pg_promote()');
    [this.#primary, this.#standby] = [this.#standby, this.#primary];
  }

  /** Makes the lost primary the standby of the new one. */
  async rebuild(): Promise<void> {
    await this.#standby.follow(this.#primary);
    await this.#synchronize();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#primary.stop(), this.#standby.stop()]);
  }

  /** From then on, the primary acknowledges what the standby has. */
  async #synchronize(): Promise<void> {
    await this.#primary.run('postgres', "ALTER SYSTEM SET synchronous_standby_names = '*'");
    await this.#primary.run('postgres', 'SELECT pg_reload_conf()');
    await until(async () => {
      const standbys = await this.#primary.run('postgres', 'SELECT sync_state FROM pg_stat_replication');
      return standbys.some(({ sync_state }) => sync_state === 'sync');
    });
  }
}
