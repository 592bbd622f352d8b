import { backOffMs } from '../../program/index.js';
import { ShoalError, type TrackerEvent } from '../../protocol/index.js';
import { pause, throwIfAborted } from '../util/abort.js';
import type { Logger } from '../util/logger.js';
import type { CallHold } from './call-hold.js';
import type { Met, Online } from './tracker-meeting.js';
import type { TrackerSearch } from './tracker-search.js';

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 2000;
/** Time for the calls under way. What is not answered by then fails, as after a lost connection. */
const ANSWERS_MS = 10_000;

export interface NodeChangeParts {
  readonly search: Pick<TrackerSearch, 'find' | 'learn'>;
  readonly hold: CallHold;
  readonly logger: Logger;
  /** The connection to the node that stops. */
  readonly from: { readonly socket: Pick<Met['socket'], 'idle' | 'close'>; readonly online: Online };
  /** Aborted when that connection is lost, or the client closes. */
  readonly signal: AbortSignal;
  /** From now on, calls go to the other node. */
  readonly enter: (met: Met) => void;
  /** Signs in at the other node. */
  readonly restore: () => Promise<void>;
}

/**
 * Takes a client from a node that stops to another one. Calls under way are answered by the former node, and later ones wait for the other
 * one, so that none fails. If no other node answers, the client stays until the connection is lost.
 * @throws ShoalError `ABORTED`, or the errors of `restore`
 */
export async function changeNode(parts: NodeChangeParts, { nodes, withinMs }: TrackerEvent<'stopping'>): Promise<void> {
  const { search, hold, from, signal, enter, restore } = parts;
  await search.learn(from.online, nodes);
  await pause(Math.random() * withinMs, signal);
  const met = await findOther(parts);
  hold.begin();
  try {
    await answered(from.socket, signal).catch((error: unknown) => {
      met.socket.destroy();
      met.online.agent.destroy();
      throw error;
    });
    enter(met);
    await from.socket.close(); // first, so that members hear in this order that the device went and came
    hold.restoring();
    await restore();
  } finally {
    hold.end();
  }
}

async function findOther({ search, signal, logger }: NodeChangeParts): Promise<Met> {
  for (let tries = 0; ; tries++) {
    try {
      return await search.find(signal);
    } catch (error) {
      throwIfAborted(signal);
      logger.debug(`The tracker's node stops, and no other one is found: ${ShoalError.from(error).message}`);
    }
    await pause(backOffMs(tries, FIRST_RETRY_MS, LAST_RETRY_MS, Math.random), signal);
  }
}

async function answered(socket: Pick<Met['socket'], 'idle'>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([socket.idle(), pause(ANSWERS_MS, AbortSignal.any([signal, over.signal]))]);
    throwIfAborted(signal);
  } finally {
    over.abort();
  }
}
