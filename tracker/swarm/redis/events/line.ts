import type { Redis } from 'ioredis';
import type { Keys } from '../cluster/keys.js';

export interface LineEvents {
  readonly onMessage: (channel: number, text: string) => void;
  /** The connection ended, with these subscriptions. */
  readonly onEnd: (channels: readonly number[]) => void;
}

/** A connection to one server of the cluster, for subscriptions only. It ends once, and is not used again. */
export class Line {
  readonly server: string;
  readonly #redis: Redis;
  readonly #keys: Pick<Keys, 'channel'>;
  readonly #channels = new Map<string, number>();
  readonly #connected: Promise<void>;
  #isOver = false;
  readonly #events: LineEvents;

  constructor(server: string, redis: Redis, keys: Pick<Keys, 'channel'>, events: LineEvents) {
    this.server = server;
    this.#redis = redis;
    this.#keys = keys;
    this.#events = events;
    redis.on('error', () => {}); // "end" follows
    redis.on('smessage', (name: string, text: string) => {
      const channel = this.#channels.get(name);
      if (channel !== undefined) events.onMessage(channel, text);
    });
    redis.on('end', () => this.close());
    redis.on('moved', () => this.close()); // a slot went to another server: all channels are subscribed to anew
    this.#connected = redis.connect();
    this.#connected.catch(() => this.close());
  }

  /** Whether nothing is subscribed to here. */
  get isIdle(): boolean {
    return this.#channels.size === 0;
  }

  /** Subscribes to a channel. Rejects with why that failed. */
  async enter(channel: number): Promise<void> {
    const name = this.#keys.channel(channel);
    this.#channels.set(name, channel);
    try {
      await this.#connected;
      await this.#redis.ssubscribe(name);
      if (this.#isOver) throw new Error('the connection ended');
    } catch (error) {
      this.#channels.delete(name);
      throw error;
    }
  }

  leave(channel: number): void {
    const name = this.#keys.channel(channel);
    if (!this.#channels.delete(name) || this.#isOver) return;
    this.#redis.sunsubscribe(name).catch(() => this.close());
  }

  /** Resolves when the server has answered. */
  async ping(): Promise<void> {
    await this.#connected;
    await this.#redis.ping();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#redis.disconnect();
    this.#events.onEnd([...this.#channels.values()]);
  }
}
