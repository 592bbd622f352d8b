import { hash } from 'node:crypto';
import { MultiMap } from '@shoal/sdk/program';
import { nameKey, ShoalError, type TrackerEvent } from '@shoal/sdk/protocol';
import type { Sites } from '../../reach/sites.js';
import { sourceFor } from '../../reach/source-view.js';
import {
  type Holding,
  holdingKey,
  type Message,
  type Place,
  type SessionsOver,
  type SourceNews,
  type Swarm,
} from '../../swarm/swarm.js';
import { UserKeys } from '../../swarm/user-keys.js';
import { Notice } from '../outgoing/notice.js';
import type { Connection, SignedIn } from './connection.js';

/** What a hub needs besides. */
export interface HubParts {
  /** Called when a device went offline. */
  readonly onGone: (deviceId: string) => void;
  /** Called when a connection could not be ended in order. */
  readonly onTrouble: (error: unknown) => void;
  /** Whether the session of a token is still valid. */
  readonly isValid: (token: string) => Promise<boolean>;
}

/** The signed-in connections of this tracker, by user, device and watched content. It sends events to them. */
export class ConnectionHub {
  readonly #swarm: Swarm;
  readonly #devicesPerUser: number;
  readonly #sites: Sites;
  readonly #parts: HubParts;
  readonly #byDevice = new Map<string, Connection>();
  readonly #byUser = new MultiMap<Connection>();
  readonly #userKeys = new UserKeys();
  readonly #watchers = new MultiMap<Connection>();

  constructor(swarm: Swarm, devicesPerUser: number, sites: Sites, parts: HubParts) {
    this.#parts = parts;
    this.#swarm = swarm;
    this.#devicesPerUser = devicesPerUser;
    this.#sites = sites;
    swarm.onMessage((message) => this.#deliver(message));
  }

  /**
   * Adds a signed-in connection. An older one of the same device gets `sessionEnded` and ends.
   * @throws ShoalError `QUOTA_EXCEEDED` if the user is signed in on too many devices
   */
  async add(connection: Connection, session: SignedIn, place: Place): Promise<void> {
    const { deviceId, userId } = session;
    const elsewhere = (await this.#swarm.limits?.devicesElsewhere(userId, deviceId)) ?? 0;
    if (connection.isClosed) return; // it closed before the answer
    const older = this.#byDevice.get(session.deviceId);
    if (older) await this.#end(older, 'replaced');
    const userKey = nameKey(session.userId);
    if (this.#byUser.count(userKey) + elsewhere >= this.#devicesPerUser) {
      const most = `${session.userId} is signed in on ${this.#devicesPerUser} devices, which is the maximum`;
      throw new ShoalError('QUOTA_EXCEEDED', `${most}: sign out on one of them.`);
    }
    this.#byDevice.set(session.deviceId, connection);
    this.#byUser.add(userKey, connection);
    const asked = { meets: connection.accepts('meet'), punches: connection.accepts('meetGo') };
    await this.#swarm.connect({ ...place, deviceId, userId, ...asked });
  }

  /**
   * Removes a connection that signed out or was lost. Its device goes offline, and those who watch its contents are
   * notified.
   */
  async remove(connection: Connection): Promise<void> {
    const { session } = connection;
    if (!session || this.#byDevice.get(session.deviceId) !== connection) return;
    this.#byDevice.delete(session.deviceId);
    this.#byUser.remove(nameKey(session.userId), connection);
    for (const holding of connection.watched.values()) this.#removeWatcher(connection, holding);
    connection.signOut();
    this.#parts.onGone(session.deviceId);
    for (const holding of await this.#swarm.disconnect(session.deviceId))
      await this.publishWent(session.deviceId, holding);
  }

  /** Ends all other connections with the token of an ended session, at all nodes. */
  async endSession({ userId, token }: SignedIn, by: Connection): Promise<void> {
    this.#swarm.endSessions(userId, digestOf(token), 'this');
    await this.#endAll(userId, (one) => one !== by && one.session?.token === token);
  }

  /** Ends the connections of all other sessions of the user, at all nodes. */
  async endOtherSessions({ userId, token }: SignedIn): Promise<void> {
    this.#swarm.endSessions(userId, digestOf(token), 'others');
    await this.#endAll(userId, (one) => one.session?.token !== token);
  }

  /** Another node ended sessions of a user. */
  #endSessions({ userId, tokenDigest, which }: SessionsOver): Promise<void> {
    const isMeant = ({ session }: Connection) =>
      session !== undefined && (digestOf(session.token) === tokenDigest) === (which === 'this');
    return this.#endAll(userId, isMeant);
  }

  async #endAll(userId: string, isMeant: (connection: Connection) => boolean): Promise<void> {
    const meant = [...this.#byUser.get(nameKey(userId))].filter(isMeant);
    for (const connection of meant) await this.#end(connection, 'expired');
  }

  async #end(connection: Connection, reason: TrackerEvent<'sessionEnded'>['reason']): Promise<void> {
    connection.notify('sessionEnded', { reason });
    await this.remove(connection);
    connection.close(1008, reason);
  }

  /** Whether a device is signed in at this node. */
  has(deviceId: string): boolean {
    return this.#byDevice.has(deviceId);
  }

  /** Time for a message to a device and back, in milliseconds; undefined if it is not known. */
  roundTripMs(deviceId: string): number | undefined {
    return this.#byDevice.get(deviceId)?.roundTripMs;
  }

  /** Resolves when events about the content arrive. */
  async watch(connection: Connection, holding: Holding): Promise<void> {
    const key = holdingKey(holding);
    connection.watched.set(key, holding);
    this.#watchers.add(key, connection);
    await this.#swarm.watch(holding);
  }

  watches(connection: Connection, holding: Holding): boolean {
    return connection.watched.has(holdingKey(holding));
  }

  unwatch(connection: Connection, holding: Holding): void {
    connection.watched.delete(holdingKey(holding));
    this.#removeWatcher(connection, holding);
  }

  #removeWatcher(connection: Connection, holding: Holding): void {
    const key = holdingKey(holding);
    this.#watchers.remove(key, connection);
    if (!this.#watchers.has(key)) this.#swarm.unwatch(holding);
  }

  /** Ends the watches of a former member in the group. */
  unwatchGroup(userId: string, groupId: string): void {
    for (const connection of this.#byUser.get(nameKey(userId))) {
      for (const holding of [...connection.watched.values()])
        if (nameKey(holding.groupId) === nameKey(groupId)) this.unwatch(connection, holding);
    }
  }

  /** @param isReachOnly whether nothing changed but how the source is reached */
  async publishCame(deviceId: string, holding: Holding, isReachOnly = false): Promise<void> {
    const source = await this.#swarm.source(deviceId, holding);
    if (!source) return;
    const audience = { kind: 'watchers', holding, exceptDeviceId: deviceId } as const;
    await this.#swarm.publish({ audience, event: 'source', holding, source, isReachOnly });
  }

  /** A device is reached elsewhere, or serves no more. */
  async publishMoved(deviceId: string, holding: Holding, isReachOnly: boolean): Promise<void> {
    const device = await this.#swarm.device(deviceId);
    if (device?.serves) await this.publishCame(deviceId, holding, isReachOnly);
    else await this.publishWent(deviceId, holding);
  }

  async publishWent(deviceId: string, holding: Holding): Promise<void> {
    const audience = { kind: 'watchers', holding, exceptDeviceId: deviceId } as const;
    await this.#swarm.publish({ audience, event: 'sourceWent', payload: { ...holding, deviceId } });
  }

  /** The connections of some users. It goes through the users or the connections, whichever are fewer. */
  *#of(userKeys: ReadonlySet<string>): Iterable<Connection> {
    if (userKeys.size <= this.#byUser.size) {
      for (const userKey of userKeys) yield* this.#byUser.get(userKey);
      return;
    }
    for (const [userKey, connections] of this.#byUser.entries()) if (userKeys.has(userKey)) yield* connections;
  }

  #deliver(message: Message): void {
    if (message.event === 'source') {
      this.#deliverSource(message);
      return;
    }
    if (message.event === 'sessionsOver') {
      this.#watchOver(this.#endSessions(message));
      return;
    }
    const { audience, ...news } = message;
    if (news.event === 'membershipChanged' && hasLeft(news.payload))
      this.unwatchGroup(news.payload.userId, news.payload.groupId);
    const notice = new Notice(news);
    if (audience.kind === 'device') {
      const connection = this.#byDevice.get(audience.deviceId);
      if (connection && news.event === 'sessionEnded') this.#watchOver(this.#end(connection, news.payload.reason));
      else connection?.tell(notice);
    } else if (news.event === 'missed' && audience.kind === 'users') {
      this.#watchOver(this.#tellMissed(audience.userIds, news.payload.groupId));
    } else if (audience.kind === 'watchers') {
      for (const connection of this.#watchers.get(holdingKey(audience.holding))) {
        if (connection.session?.deviceId !== audience.exceptDeviceId) connection.tell(notice);
      }
    } else {
      for (const connection of this.#of(this.#userKeys.of(audience.userIds))) connection.tell(notice);
    }
  }

  /**
   * Events were lost between nodes: clients ask anew for what these events would have told them. One of them may have ended a session.
   */
  async #tellMissed(userIds: readonly string[], groupId: string | null): Promise<void> {
    for (const connection of userIds.flatMap((userId) => [...this.#byUser.get(nameKey(userId))])) {
      const { session } = connection;
      if (session && !(await this.#parts.isValid(session.token))) await this.#end(connection, 'expired');
      else connection.outbox.miss(groupId);
    }
  }

  #watchOver(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.onTrouble(error));
  }

  /** Tells each watcher what it may know of a source. The text is made once for all who are told the same. */
  #deliverSource({ audience, holding, source, isReachOnly }: SourceNews): void {
    const notices = new Map<string, Notice>();
    for (const connection of this.#watchers.get(holdingKey(holding))) {
      const { viewer, session } = connection;
      if (session?.deviceId === audience.exceptDeviceId || (isReachOnly && !viewer.knowsReach)) continue;
      const told = sourceFor(source, viewer, this.#sites);
      if (!told) continue;
      const key = JSON.stringify(told);
      const notice = notices.get(key) ?? new Notice({ event: 'sourceCame', payload: { ...holding, source: told } });
      notices.set(key, notice);
      connection.tell(notice);
    }
  }
}

/** Whether the user of a changed membership is no member any more; at another node, that is all that ends the watches. */
function hasLeft({ change }: TrackerEvent<'membershipChanged'>): boolean {
  return change === 'left' || change === 'removed' || change === 'dissolved';
}

/** Names a session to other nodes, without its secret. */
function digestOf(token: string): string {
  return hash('sha256', token);
}
