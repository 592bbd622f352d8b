import { setTimeout as sleep } from 'node:timers/promises';
import { inParts, nameKey } from '@shoal/sdk/protocol';
import type { Holding, Message, Published } from '../../swarm.js';
import type { Calls } from '../cluster/calls.js';
import { contentChannel, deviceChannel, nodeChannel, userChannel } from '../cluster/keys.js';
import {
  decodeBody,
  decodeEnvelope,
  encodeEvent,
  MAX_EVENT_LENGTH,
  type Order,
  type WireAudience,
} from '../cluster/wire.js';
import type { WatchedContents } from '../sources/watched-contents.js';
import { Publisher } from './publisher.js';
import type { Subscriptions, SubscriptionsParts } from './subscriptions.js';
import { UserChannels } from './user-channels.js';

/** Gaps are handled together after this time. */
const GAP_MS = 200;
/** Users who are told at once that they missed events, and the pause before the next ones: they all ask again. */
const TOLD_AT_ONCE = 100;
const TOLD_EVERY_MS = 100;

export interface EventBusParts {
  readonly calls: Calls;
  readonly node: string;
  readonly watched: WatchedContents;
  readonly subscriptions: (events: Pick<SubscriptionsParts, 'onEvent' | 'onGap'>) => Subscriptions;
  readonly hasUser: (userKey: string) => boolean;
  readonly users: () => Iterable<string>;
  readonly hasDevice: (deviceId: string) => boolean;
  /** Resolves when what happened in a group is written; undefined if it is. */
  readonly written: (groupId: string) => Promise<void> | undefined;
  readonly onOrder: (order: Order) => void;
  readonly onTrouble: (what: string, error?: unknown) => void;
}

/** Carries events to the clients of this node, and to the other nodes and back. */
export class EventBus {
  readonly subscriptions: Subscriptions;
  readonly #parts: EventBusParts;
  readonly #publisher: Publisher;
  readonly #listeners: ((message: Message) => void)[] = [];
  readonly #userChannels = new UserChannels();
  readonly #gaps = new Set<number>();
  #gapTimer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: EventBusParts) {
    this.#parts = parts;
    this.#publisher = new Publisher(parts.calls);
    this.subscriptions = parts.subscriptions({
      onEvent: (channel, text) => this.#receive(channel, text),
      onGap: (channels) => this.#missed(channels),
    });
  }

  onMessage(listener: (message: Message) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells the clients of this node. */
  tell(message: Message): void {
    if (!this.#isClosed) for (const listener of this.#listeners) listener(message);
  }

  /** Tells the clients of all nodes: here at once, elsewhere after what the event is about was written. */
  publish(message: Published): void {
    this.tell(message);
    const { audience, ...body } = message;
    if (audience.kind === 'device') {
      if (!this.#parts.hasDevice(audience.deviceId)) this.#send(deviceChannel(audience.deviceId), audience, body);
    } else if (audience.kind === 'watchers') {
      const { holding } = audience;
      this.#send(contentChannel(holding), audience, body, this.#parts.written(holding.groupId));
    } else {
      for (const [channel, userIds] of this.#userChannels.of(audience.userIds))
        this.#send(channel, { kind: 'users', userIds }, body);
    }
  }

  /** Tells a node to do something. */
  order(node: string, order: Order): void {
    this.#send(nodeChannel(node), { kind: 'node', node }, order);
  }

  /** Tells the nodes where a user is signed in to do something. */
  orderUser(userId: string, order: Order): void {
    this.#send(userChannel(nameKey(userId)), { kind: 'users', userIds: [userId] }, order);
  }

  async watch(holding: Holding): Promise<void> {
    if (this.#parts.watched.has(holding)) return;
    this.#parts.watched.add(holding);
    await this.subscriptions.want(contentChannel(holding));
  }

  unwatch(holding: Holding): void {
    if (!this.#parts.watched.has(holding)) return;
    this.#parts.watched.delete(holding);
    this.subscriptions.unwant(contentChannel(holding));
  }

  /** Waits until all events are published, or cannot be. */
  drained(): Promise<void> {
    return this.#publisher.drained();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#gapTimer);
    this.subscriptions.close();
    this.#publisher.close();
    this.#listeners.length = 0;
  }

  #send(channel: number, audience: WireAudience, body: Parameters<typeof encodeEvent>[2], after?: Promise<void>): void {
    const text = encodeEvent(this.#parts.node, audience, body);
    if (text.length <= MAX_EVENT_LENGTH) this.#publisher.publish(channel, text, after);
    else this.#publisher.skip(channel);
  }

  #receive(channel: number, text: string): void {
    const { node, watched, onOrder, onTrouble } = this.#parts;
    const envelope = decodeEnvelope(text);
    const { from, audience, bodyText } = envelope ?? {};
    if (envelope && (from === node || !this.#concerns(envelope.audience))) return;
    const body = bodyText === undefined ? undefined : decodeBody(bodyText);
    if (body === null) return; // of a newer version
    if (!body || !audience || from === undefined) {
      onTrouble(`an event on channel ${channel} is malformed`);
      this.#missed([channel]);
      return;
    }
    if (!('payload' in body) && body.event !== 'source') onOrder(body);
    else if (audience.kind === 'node') return;
    else if (body.event === 'source') {
      if (audience.kind !== 'watchers') return;
      watched.note(body.holding, body.source, from);
      this.tell({ ...body, audience });
    } else {
      if (body.event === 'sourceWent') watched.forget(body.payload, body.payload.deviceId);
      this.tell({ ...body, audience });
    }
  }

  #concerns(audience: WireAudience): boolean {
    const { node, hasUser, hasDevice, watched } = this.#parts;
    if (audience.kind === 'node') return audience.node === node;
    if (audience.kind === 'device') return hasDevice(audience.deviceId);
    if (audience.kind === 'watchers') return watched.has(audience.holding);
    return audience.userIds.some((userId) => hasUser(nameKey(userId)));
  }

  /** Events of some channels may be lost: contents are read anew, and users are told to ask again. */
  #missed(channels: readonly number[]): void {
    for (const channel of channels) this.#gaps.add(channel);
    if (this.#gapTimer || this.#isClosed) return;
    this.#gapTimer = setTimeout(() => {
      this.#gapTimer = undefined;
      const gaps = new Set(this.#gaps);
      this.#gaps.clear();
      this.#parts.watched.readAnew((holding) => gaps.has(contentChannel(holding)));
      void this.#tellMissed([...this.#parts.users()].filter((userKey) => gaps.has(userChannel(userKey))));
    }, GAP_MS).unref();
  }

  async #tellMissed(userIds: readonly string[]): Promise<void> {
    for (const part of inParts(userIds, TOLD_AT_ONCE)) {
      this.tell({ event: 'missed', payload: { groupId: null }, audience: { kind: 'users', userIds: part } });
      await sleep(TOLD_EVERY_MS, undefined, { ref: false });
    }
  }
}
