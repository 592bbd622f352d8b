import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { MAX_TRACKER_MESSAGE_BYTES, ShoalError, TRACKER_METHODS } from '@shoal/sdk/protocol';
import fc from 'fast-check';
import type { WebSocket } from 'ws';
import { Accounts } from '../../../tracker/accounts/accounts.js';
import { TicketIssuer } from '../../../tracker/accounts/ticket-issuer.js';
import { TicketKeys } from '../../../tracker/accounts/ticket-keys.js';
import { MemberLists } from '../../../tracker/methods/member-lists.js';
import { RpcServer } from '../../../tracker/methods/rpc-server.js';
import { Untold } from '../../../tracker/methods/untold.js';
import { placeOf } from '../../../tracker/reach/announced.js';
import { Punches } from '../../../tracker/reach/punches.js';
import { Reachability, type ReachabilityParts } from '../../../tracker/reach/reachability.js';
import { Sites } from '../../../tracker/reach/sites.js';
import { AddressBudgets } from '../../../tracker/server/budgets/address-budgets.js';
import { KeyedBuckets } from '../../../tracker/server/budgets/keyed-buckets.js';
import { DEFAULT_LIMITS } from '../../../tracker/server/budgets/limits.js';
import { Connection } from '../../../tracker/server/connections/connection.js';
import { ConnectionHub } from '../../../tracker/server/connections/connection-hub.js';
import { Metrics } from '../../../tracker/server/metrics.js';
import { Deliveries } from '../../../tracker/server/outgoing/deliveries.js';
import { UnreadTotal } from '../../../tracker/server/outgoing/unread.js';
import { Slices } from '../../../tracker/server/slices.js';
import { openSqliteStore } from '../../../tracker/store/sqlite/sqlite-store.js';
import { MemoryMeetings } from '../../../tracker/swarm/memory-meetings.js';
import { MemorySwarm } from '../../../tracker/swarm/memory-swarm.js';
import { PLAIN } from '../../support/plain-passwords.js';
import { changedJson } from '../json-mutations.js';
import { valuesOf } from '../schema-samples.js';
import type { FuzzInput, FuzzTarget } from '../target.js';

const MANIFEST_ID = 'ab'.repeat(32);
const DEVICE_ID = 'cd'.repeat(32);
const KNOWN = {
  groupId: ['lab', 'LAB', 'club', 'nowhere'],
  userId: ['ann', 'bob', 'Ann', 'nobody'],
  fileName: ['a file', 'another'],
  manifestId: [MANIFEST_ID],
};

type Logger = ConstructorParameters<typeof RpcServer>[2];

/** No password is ever right, and none costs the time that a real one does. */
class NoPasswords extends Accounts {
  override create(): Promise<string> {
    return Promise.reject(new ShoalError('USER_EXISTS', 'There is such a user.'));
  }

  override login(): Promise<never> {
    return Promise.reject(new ShoalError('WRONG_PASSWORD', 'That is not the password.'));
  }

  override changePassword(): Promise<never> {
    return this.login();
  }
}

/** A client's messages, as a tracker answers them: its methods on a store in memory, passwords apart. */
export async function requestsTarget(): Promise<FuzzTarget> {
  const always = { atOnce: 1e15, perHour: 1e15 };
  const limits = {
    ...DEFAULT_LIMITS,
    ...{ requestsPerSecond: 1e9, requestBurst: 1e9 },
    ...{ signUpsPerAddress: always, groupsPerAddress: always, requestsPerAddress: always, filesPerAddress: always },
  };
  const store = await openSqliteStore(':memory:');
  const now = Date.now;
  for (const userId of ['ann', 'bob']) await store.createUser({ userId, passwordHash: '', nowMs: now() });
  await store.createGroup('ours', 'ann', now());
  const bytes = Buffer.alloc(8);
  await store.putManifest({ manifestId: MANIFEST_ID, sizeBytes: 8, bytes, userId: 'ann', nowMs: now() });
  const swarm = new MemorySwarm(limits.announcesPerDevice);
  const sites = new Sites({ gateways: () => undefined, onProxy: () => {} });
  const hub = new ConnectionHub(swarm, limits.devicesPerUser, sites, {
    onGone: () => {},
    onTrouble: (error) => assert.fail(String(error)),
    isValid: async () => true,
  });
  const accounts = new NoPasswords(store, now, PLAIN);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tickets = new TicketKeys(new TicketIssuer(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()));
  const [budgets, slices] = [new AddressBudgets(limits, now), new Slices()];
  const failures: unknown[] = [];
  const log = { error: ({ err }: { err: unknown }) => void failures.push(err), isLevelEnabled: () => false };
  const publish = async () => {};
  const probe = async () => 'closed' as const;
  const onVerdict = () => {};
  const reach = new Reachability({
    ...{ limits: { ...limits, checksAtOnce: 0 }, budgets, swarm, sites, now },
    ...{ log: log as unknown as ReachabilityParts['log'], probe, publish, onVerdict },
  });
  const turns = new KeyedBuckets(now);
  const punches = new Punches({ limits, sites, roundTripMs: () => undefined, tell: () => {}, onSettled: () => {} });
  const meetings = new MemoryMeetings({ limits, turns, relay: undefined, punches });
  const shared = { store, members: new MemberLists(store), swarm, hub, accounts, tickets, limits };
  const reaching = { sites, reach, reachOffers: () => ['reach'], turns, meetings, onMeeting: () => {} };
  const untold = new Untold({ tell: async () => {}, onTrouble: () => {} });
  const stop = { isBegun: false };
  const context = { ...shared, ...reaching, untold, budgets, slices, stop, fingerprint: 'ef'.repeat(32), now };
  const figures = { connections: () => 1, relaySessions: () => 0, relayPlaces: () => 0, meetingsOpen: () => 0 };
  const rpc = new RpcServer(context, new Metrics(store, swarm, figures), log as unknown as Logger);
  const sent: string[] = [];
  const socket = {
    readyState: 1,
    OPEN: 1,
    on: () => {},
    send: (text: string, taken: () => void) => {
      sent.push(text);
      taken();
    },
    pause: () => {},
    resume: () => {},
    close: () => {},
    terminate: () => {},
  } as unknown as WebSocket;
  const connect = () =>
    new Connection(socket, '127.0.0.1', {
      local: { host: '127.0.0.1', port: 1024 },
      id: '1',
      port: 1024,
      ...{ limits, deliveries: new Deliveries(), unread: new UnreadTotal(limits.unreadBytesInAll) },
      guest: { stage: 'silent' },
    });
  const [member, stranger] = [connect(), connect()];

  async function decode({ bytes, cuts }: FuzzInput): Promise<void> {
    const connection = (cuts[0] ?? 0) % 4 === 3 ? stranger : member;
    if (!member.session) {
      const session = { userId: 'ann', deviceId: DEVICE_ID, token: 'token' };
      member.greet();
      member.signIn(session);
      await hub.add(member, session, placeOf({ endpoint: { port: 1024 } }, '127.0.0.1', false));
    }
    sent.length = 0;
    rpc.receive(connection, bytes.toString('utf8', 0, MAX_TRACKER_MESSAGE_BYTES));
    await rpc.drained();
    assert.deepEqual(failures.splice(0), [], 'the tracker failed by itself');
    const answers = sent.filter((text) => !text.includes('"params"'));
    assert.ok(answers.length <= 1, 'one answer at most');
    for (const text of sent) {
      assert.ok(Buffer.byteLength(text) <= MAX_TRACKER_MESSAGE_BYTES);
      assert.equal((JSON.parse(text) as { jsonrpc: unknown }).jsonrpc, '2.0');
    }
    await keepSmall();
  }

  /** What was made on the way is dissolved again, so that the millionth input meets what the first did. */
  async function keepSmall(): Promise<void> {
    const groups = await store.listGroups('ann', { limit: 1000 });
    for (const { groupId, standing } of groups)
      if (groups.length > 20 && standing === 'owner' && groupId !== 'ours') await store.leaveGroup(groupId, 'ann');
  }

  return {
    inputs: (seed) => changedJson(fc.sample(requests(), { seed, numRuns: 600 })),
    mostBuffer: (bytes) => 2 * bytes.length + 8192,
    decode,
    close: async () => {
      for (const connection of [member, stranger]) connection.closed();
      await accounts.close();
      await swarm.close();
      await store.close();
    },
  };
}

function requests(): fc.Arbitrary<unknown> {
  return fc.oneof(
    ...Object.entries(TRACKER_METHODS).map(([method, { params }]) =>
      valuesOf(params, KNOWN).map((drawn) => ({ jsonrpc: '2.0', id: 1, method, params: drawn })),
    ),
  );
}
