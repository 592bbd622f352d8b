import { verifyChallenge } from '@shoal/sdk/identity';
import { type DeviceProof, parseNewName, ShoalError, TRACKER_PROTOCOL } from '@shoal/sdk/protocol';
import { sessionOver } from '../accounts/accounts.js';
import type { Asker } from '../accounts/passwords.js';
import { addressKey } from '../server/budgets/address.js';
import type { Connection } from '../server/connections/connection.js';
import { isStoreFailure } from '../store/store-errors.js';
import { drawNodes } from '../swarm/node-place.js';
import { VERSION } from '../version.js';
import type { Handlers, MethodContext } from './context.js';
import { pageOfGroups } from './pages.js';

type SessionMethod = 'hello' | 'createUser' | 'login' | 'resume' | 'logout' | 'changePassword';

/** Methods for `hello`, accounts, and signing in and out. */
export const sessionMethods: Pick<Handlers, SessionMethod> = {
  async hello({ protocol, accepts }, connection, context) {
    if (protocol !== TRACKER_PROTOCOL) {
      const older = protocol < TRACKER_PROTOCOL ? 'this client' : 'the tracker';
      throw new ShoalError(
        'TRACKER_INCOMPATIBLE',
        `Client and tracker speak different versions (${protocol}, ${TRACKER_PROTOCOL}): update ${older}.`,
      );
    }
    if (context.stop.isBegun) throw new ShoalError('SHUTTING_DOWN', 'The tracker is stopping: try again in a moment.');
    connection.greet(accepts);
    const nodes = drawNodes(context.swarm);
    const nowMs = context.now();
    return {
      protocol: TRACKER_PROTOCOL,
      tracker: `shoal-tracker/${VERSION}`,
      challenge: connection.challenge,
      nowMs,
      ticketKeys: context.tickets.publicKeys(nowMs),
      offers: ['versions', 'emptyFolders', 'ownShares', ...context.reachOffers()],
      ...(nodes.length > 0 && { nodes }),
    };
  },

  async createUser({ userId, password }, connection, { accounts, budgets }) {
    const name = parseNewName('user', userId);
    await budgets.spend('signUpsPerAddress', connection.address);
    return { userId: await accounts.create(name, password, askerOf(connection)) };
  },

  async login({ userId, password, device }, connection, context) {
    requireSignedOut(connection);
    const deviceId = proveDevice(device, connection, context);
    const session = await context.accounts.login({ userId, password, deviceId, ...askerOf(connection) });
    return signIn(session, deviceId, device, connection, context);
  },

  async resume({ token, device }, connection, context) {
    requireSignedOut(connection);
    const deviceId = proveDevice(device, connection, context);
    const { userId } = await context.accounts.resume(token);
    return signIn({ userId, token }, deviceId, device, connection, context);
  },

  async logout(_params, connection, { accounts, hub }) {
    const session = connection.requireSession();
    await accounts.logout(session.token);
    await hub.endSession(session, connection);
    await hub.remove(connection);
    return {};
  },

  async changePassword({ password, newPassword }, connection, { accounts, hub }) {
    const session = connection.requireSession();
    await accounts.changePassword({ ...session, password, newPassword, ...askerOf(connection) });
    await hub.endOtherSessions(session);
    return {};
  },
};

function askerOf({ address, id }: Connection): Asker {
  return { address: addressKey(address), connection: id };
}

async function signIn(
  { userId, token }: { userId: string; token: string },
  deviceId: string,
  device: DeviceProof,
  connection: Connection,
  context: MethodContext,
) {
  requireSignedOut(connection); // another sign-in on this connection may have been faster
  const place = context.reach.placeOf(device, {
    seen: connection.address,
    userId,
    meets: connection.accepts('meet'),
  });
  const session = { userId, token, deviceId };
  connection.signIn(session);
  try {
    await context.store.seeDevice(userId, deviceId, context.now()).catch((error: unknown) => {
      if (!isStoreFailure(error)) throw error; // a resumed session works even if nothing can be written
    });
    await context.hub.add(connection, session, place);
    if (!(await context.accounts.holds(token))) {
      await context.hub.remove(connection); // the session ended before this connection was registered
      throw sessionOver();
    }
  } catch (error) {
    connection.signOut();
    throw error;
  }
  const [groups, nextGroups] = await pageOfGroups(context.store, userId, { mine: true });
  if (connection.session?.deviceId === deviceId) context.reach.arrive(deviceId, place);
  return { ...session, groups, nextGroups, seen: seenOf(connection) };
}

/** The address at which the tracker sees a client. */
export function seenOf({ address, port }: Connection): { host: string; port: number } {
  return { host: address, port };
}

function requireSignedOut(connection: Connection): void {
  const { session } = connection;
  if (session) throw new ShoalError('ALREADY_LOGGED_IN', `You are signed in as ${session.userId}: sign out first.`);
}

function proveDevice(device: DeviceProof, connection: Connection, { fingerprint }: MethodContext): string {
  const deviceId = verifyChallenge(device, fingerprint, connection.challenge);
  if (deviceId !== undefined) return deviceId;
  throw new ShoalError('PROTOCOL_ERROR', 'The device did not prove its key: connect again.');
}
