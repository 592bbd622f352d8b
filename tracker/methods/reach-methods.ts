import { type MeetingWay, ShoalError, type TrackerEvent } from '@shoal/sdk/protocol';
import { addressesFor } from '../reach/source-view.js';
import { showWait } from '../server/budgets/keyed-buckets.js';
import type { Connection } from '../server/connections/connection.js';
import type { Store } from '../store/store.js';
import type { OnlineDevice } from '../swarm/swarm.js';
import type { Handlers, MethodContext } from './context.js';
import { seenOf } from './session-methods.js';

/** Moves of one device: each one announces all of its contents anew. */
const MOVES = { atOnce: 10, perHour: 600 };

/** Methods by which devices reach one another. */
export const reachMethods: Pick<Handlers, 'moved' | 'meet'> = {
  async moved({ endpoint, addresses }, connection, { reach, turns }) {
    const { deviceId, userId } = connection.requireSession();
    const waitMs = turns.take(`moved ${deviceId}`, MOVES);
    if (waitMs > 0)
      throw new ShoalError('RATE_LIMITED', `This device moves too often: try again in ${showWait(waitMs)}.`);
    const meets = connection.accepts('meet');
    const place = reach.placeOf({ endpoint, addresses }, { seen: connection.address, userId, meets });
    await reach.move(deviceId, place);
    return { seen: seenOf(connection) };
  },

  async meet({ groupId: named, deviceId: sourceId, by, elsewhere }, connection, context) {
    const { swarm, store, hub, meetings, onMeeting, meetingPlace } = context;
    const { deviceId, userId } = connection.requireSession();
    try {
      const { groupId } = await store.requireMember(named, userId);
      const source = await askable(sourceId, groupId, by, connection, context);
      const addresses = by === 'back' ? await openAddresses(deviceId, source, context) : [];
      const own = { deviceId, userId, seen: connection.address };
      const { meeting, relayTokens, observeTokens, via } = await meetings.arrange(by, own, source, elsewhere);
      const payload: TrackerEvent<'meet'> = { meeting, groupId, deviceId, userId, by, addresses };
      if (relayTokens) payload.relayToken = relayTokens.source;
      if (observeTokens) payload.observeToken = observeTokens.source;
      // The tokens are valid at one node alone.
      if (via) payload.via = via;
      else if (by !== 'back' && !hub.has(sourceId)) payload.via = meetingPlace ?? connection.local;
      await swarm.publish({ audience: { kind: 'device', deviceId: sourceId }, event: 'meet', payload });
      onMeeting(by, 'ok');
      return {
        meeting,
        ...(relayTokens && { relayToken: relayTokens.requester }),
        ...(observeTokens && { observeToken: observeTokens.requester }),
        ...(via && { via }),
      };
    } catch (error) {
      onMeeting(by, error instanceof ShoalError ? error.code : 'INTERNAL');
      throw error;
    }
  },
};

/** The device that is asked to meet. @throws ShoalError `PEER_UNREACHABLE` if it may not be asked, or cannot meet */
async function askable(
  sourceId: string,
  groupId: string,
  by: MeetingWay,
  connection: Connection,
  { swarm, store, meetings }: MethodContext,
): Promise<OnlineDevice> {
  const source = await swarm.device(sourceId);
  const isSelf = sourceId === connection.session?.deviceId;
  if (
    !source ||
    isSelf ||
    !(await swarm.holdsIn(sourceId, groupId)) ||
    !(await isMember(source.userId, groupId, store))
  )
    throw new ShoalError('PEER_UNREACHABLE', `That device is offline, or has nothing of ${groupId} any more.`);
  const canMeet = by === 'punch' ? source.punches && connection.accepts('meetGo') : source.meets;
  if (!canMeet)
    throw new ShoalError(
      'PEER_UNREACHABLE',
      `The device of ${source.userId} cannot be asked to connect: Shoal has to be updated there.`,
    );
  if (!meetings.ways.has(by)) throw new ShoalError('PEER_UNREACHABLE', 'This tracker relays nothing.');
  return source;
}

async function isMember(userId: string, groupId: string, store: Store): Promise<boolean> {
  try {
    await store.requireMember(groupId, userId);
    return true;
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'NOT_A_MEMBER') return false;
    throw error;
  }
}

/** Where the source may dial this device: only where the tracker itself reached it, so that nobody has others dialled. */
async function openAddresses(
  deviceId: string,
  source: OnlineDevice,
  { swarm, sites }: MethodContext,
): Promise<{ host: string; port: number }[]> {
  const device = await swarm.device(deviceId);
  const open = device ? addressesFor(device, source.seen, sites).filter(({ verdict }) => verdict === 'open') : [];
  if (open.length > 0) return open.map(({ host, port }) => ({ host, port }));
  throw new ShoalError(
    'PEER_UNREACHABLE',
    'The tracker reaches this device at none of its addresses, so that the other one cannot either.',
  );
}
