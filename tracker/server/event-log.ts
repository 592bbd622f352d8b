import { ShoalError, type TrackerMethod, type TrackerParams, type TrackerResult } from '@shoal/sdk/protocol';
import type { Logger } from 'pino';
import type { Store } from '../store/store.js';
import type { AddressBudgets } from './budgets/address-budgets.js';
import type { Connection } from './connections/connection.js';

/** An event, and its facts. */
type Event = readonly [what: string, facts: Readonly<Record<string, unknown>>];

type Wording<M extends TrackerMethod> = (result: TrackerResult<M>, params: TrackerParams<M>) => Event;

/** The events for the operator: sign-ins, sign-outs, and changes of accounts and groups. */
const EVENTS: { readonly [M in TrackerMethod]?: Wording<M> } = {
  createUser: ({ userId }) => ['account created', { userId }],
  login: ({ userId, deviceId }) => ['signed in', { userId, deviceId }],
  resume: ({ userId, deviceId }) => ['signed in again, by its session', { userId, deviceId }],
  logout: () => ['signed out', {}],
  changePassword: () => ['password changed', {}],
  createGroup: ({ groupId }) => ['group created', { groupId }],
  changeGroup: ({ groupId, publishers, keepVersions, keepDays }) => [
    'settings of a group changed',
    { groupId, publishers, keepVersions, keepDays },
  ],
  removeFiles: ({ files }, { groupId }) => [
    'files removed from a group',
    { groupId, removed: files.filter((one) => !('code' in one)).length },
  ],
  joinGroup: ({ groupId }) => ['asked to join a group', { groupId }],
  leaveGroup: ({ dissolved, newOwnerId }, { groupId }) => [
    dissolved ? 'group dissolved' : 'left a group, or withdrew the request to join',
    { groupId, ...(newOwnerId !== null && { newOwnerId }) },
  ],
  acceptRequest: (_, { groupId, userId }) => ['request to join accepted', { groupId, member: userId }],
  rejectRequest: (_, { groupId, userId }) => ['request to join rejected', { groupId, member: userId }],
  removeMember: (_, { groupId, userId }) => ['member removed', { groupId, member: userId }],
};

/** The texts of refusals. They never contain a password or a token. */
const REFUSALS: { readonly [M in TrackerMethod]?: string } = {
  createUser: 'account refused',
  login: 'sign-in refused',
  resume: 'sign-in by a session refused',
  changePassword: 'change of password refused',
  createGroup: 'group refused',
};

/**
 * Logs what users do at `info`, with their address. The lines of one address are bounded; further lines are counted.
 */
export class EventLog {
  readonly #log: Logger;
  readonly #budgets: AddressBudgets;
  /** The name of an existing account; undefined if there is none, or if it cannot be looked up. */
  readonly #nameOf: (typed: string) => Promise<string | undefined>;
  #left = 0;

  constructor(log: Logger, { budgets, store }: { budgets: AddressBudgets; store: Pick<Store, 'findUser'> }) {
    this.#log = log;
    this.#budgets = budgets;
    this.#nameOf = (typed) =>
      store.findUser(typed).then(
        (user) => user?.userId,
        () => undefined,
      );
  }

  /** @param userId the user who was signed in at the time of the request */
  done<M extends TrackerMethod>(
    method: M,
    { params, result }: { params: TrackerParams<M>; result: TrackerResult<M> },
    connection: Connection,
    userId: string | undefined,
  ): void {
    const wording: Wording<M> | undefined = EVENTS[method];
    if (!wording || !this.#mayTell(connection)) return;
    const [what, facts] = wording(result, params);
    this.#tell(what, { ...(userId !== undefined && { userId }), ...facts }, connection);
  }

  /** Logs a refusal. It names only existing accounts, because a password may be typed in the place of a name. */
  async refused(method: TrackerMethod, params: object, error: unknown, connection: Connection): Promise<void> {
    const what = REFUSALS[method];
    if (what === undefined || !this.#mayTell(connection)) return;
    const { code } = ShoalError.from(error);
    const typed = 'userId' in params && typeof params.userId === 'string' ? params.userId : undefined;
    const userId = typed === undefined ? connection.session?.userId : await this.#nameOf(typed);
    const who = userId === undefined ? typed !== undefined && { isKnownUser: false } : { userId };
    this.#tell(what, { code, ...who }, connection);
  }

  /** Whether the level is logged and the address has lines left. */
  #mayTell({ address }: Connection): boolean {
    if (!this.#log.isLevelEnabled('info')) return false;
    if (this.#budgets.allowsHere('logLinesPerAddress', address)) return true;
    this.#left++;
    return false;
  }

  #tell(what: string, facts: Event[1], { address }: Connection): void {
    const left = this.#left > 0 ? { leftOut: this.#left } : {};
    this.#left = 0;
    this.#log.info({ ...facts, address, ...left }, what);
  }
}
