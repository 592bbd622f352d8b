import { parseKept } from '@shoal/sdk/disk';
import { ShoalError } from '@shoal/sdk/protocol';
import { ANNOUNCED_MS, REPLACED_MS } from '../accounts/ticket-keys.js';
import { openPostgresStore } from '../store/postgres/postgres-store.js';
import { makeTicketKey, NEXT_TICKET_KEY, parseNextTicketKey, TICKET_KEY, WHEN_LOST } from './tracker-keys.js';

/** When the steps of a rotation happen, in milliseconds since 1970. */
export interface Rotation {
  /** The new key signs. */
  readonly signsAtMs: number;
  /** The former one counts no more. */
  readonly endsAtMs: number;
}

/**
 * Announces another key for tickets to the trackers that share a database. They take all further steps by themselves.
 * @throws ShoalError `RATE_LIMITED` if a rotation is under way, `DATA_DIR_INVALID` if the database has no tracker yet, and the errors of
 * `openPostgresStore`
 */
export async function rotateTicketKey(url: string, nowMs: number): Promise<Rotation> {
  const store = await openPostgresStore(url);
  try {
    const made = await makeTicketKey();
    await store.changeShared([TICKET_KEY, NEXT_TICKET_KEY], ([current, next]) => {
      if (current === undefined)
        throw new ShoalError('DATA_DIR_INVALID', `${store.shown} has no tracker yet: start one with it first.`);
      const announced = JSON.stringify({ ...made, announcedAtMs: nowMs });
      if (next === undefined) return [current, announced];
      const what = `the ${NEXT_TICKET_KEY} in ${store.shown}`;
      const { privateKeyPem, announcedAtMs } = parseKept(what, next, parseNextTicketKey, WHEN_LOST);
      if (nowMs < announcedAtMs + REPLACED_MS) throw underWay(announcedAtMs + REPLACED_MS);
      return [JSON.stringify({ privateKeyPem }), announced];
    });
    return { signsAtMs: nowMs + ANNOUNCED_MS, endsAtMs: nowMs + REPLACED_MS };
  } finally {
    await store.close();
  }
}

function underWay(untilMs: number): ShoalError {
  const end = new Date(untilMs).toISOString();
  return new ShoalError('RATE_LIMITED', `The key is being replaced already, until ${end}: try again after that.`);
}
