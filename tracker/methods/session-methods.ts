import { verifyChallenge } from '@shoal/sdk/identity';
import {
  addressFault,
  type DeviceProof,
  type Endpoint,
  endpointFault,
  formatEndpoint,
  isLoopbackAddress,
  parseNewName,
  ShoalError,
  TRACKER_PROTOCOL,
} from '@shoal/sdk/protocol';
import { sessionOver } from '../accounts/accounts.js';
import type { Asker } from '../accounts/passwords.js';
import { addressKey } from '../server/address.js';
import type { Connection } from '../server/connection.js';
import { isStoreFailure } from '../store/store-errors.js';
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
    connection.greet(accepts);
    return {
      protocol: TRACKER_PROTOCOL,
      tracker: `shoal-tracker/${VERSION}`,
      challenge: connection.challenge,
      nowMs: context.now(),
      ticketKeys: [context.tickets.publicKey],
      offers: ['versions', 'emptyFolders', 'ownShares'],
    };
  },

  async createUser({ userId, password }, connection, { accounts, budgets }) {
    const name = parseNewName('user', userId);
    budgets.spend('signUpsPerAddress', connection.address);
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
  { endpoint }: DeviceProof,
  connection: Connection,
  context: MethodContext,
) {
  requireSignedOut(connection); // another sign-in on this connection may have been faster
  const reachable = reachableEndpoint(endpoint, connection.address);
  const session = { userId, token, deviceId };
  connection.signIn(session);
  try {
    await context.store.seeDevice(userId, deviceId, context.now()).catch((error: unknown) => {
      if (!isStoreFailure(error)) throw error; // a resumed session works even if nothing can be written
    });
    await context.hub.add(connection, session, reachable);
    if (!(await context.accounts.holds(token))) {
      await context.hub.remove(connection); // the session ended before this connection was registered
      throw sessionOver();
    }
  } catch (error) {
    connection.signOut();
    throw error;
  }
  const [groups, nextGroups] = await pageOfGroups(context.store, userId, { mine: true });
  return { ...session, groups, nextGroups };
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

/**
 * The address at which others reach the device: the announced one, or the one that the tracker sees if the device
 * announces none or an unspecified one. Null if the address works only on the device's own computer, or if others
 * cannot reach it.
 * @throws ShoalError `INVALID_ARGUMENT` if peers must not dial the announced address
 */
function reachableEndpoint(said: DeviceProof['endpoint'], seen: string): Endpoint | null {
  if (said === null) return null;
  const named = said.host === '0.0.0.0' || said.host === '::' ? undefined : said.host;
  const endpoint = { host: named ?? seen, port: said.port };
  const fault = endpointFault(endpoint, isLoopbackAddress(seen));
  if (fault === undefined) return endpoint;
  if (endpointFault(endpoint, true) === undefined) return null; // it listens only for its own computer
  if (named === undefined && addressFault(seen, true) !== undefined) return null;
  const place = JSON.stringify(formatEndpoint(endpoint.host, endpoint.port));
  throw new ShoalError('INVALID_ARGUMENT', `Peers cannot dial ${place}: it ${fault}. Serve at another address.`);
}
