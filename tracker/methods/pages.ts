import { firstPart, MAX_PAGE_ROWS, ShoalError } from '@shoal/sdk/protocol';
import type { Store, StoredGroup, TimePage } from '../store/store.js';

/** Builds a page from rows, one more than its limit: as many as fit into a message, and the start of the next page. */
export function cutPage<T, P>(rows: readonly T[], limit: number, placeOf: (row: T) => P): [page: T[], next: P | null] {
  const page = firstPart(rows, limit);
  const last = page.at(-1);
  return [page, last && page.length < rows.length ? placeOf(last) : null];
}

interface GroupsWanted {
  readonly mine?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/** A page of groups, as one user sees them. */
export async function pageOfGroups(
  store: Store,
  userId: string,
  { limit = MAX_PAGE_ROWS, ...wanted }: GroupsWanted,
): Promise<[page: StoredGroup[], next: string | null]> {
  const rows = await store.listGroups(userId, { ...wanted, limit: limit + 1 });
  return cutPage(rows, limit, ({ groupId }) => groupId);
}

const PLACE = /^(\d{1,15}) (.+)$/su;

/** Formats a position in a list of users sorted by time, for the client to send back. */
export function formatPlace({ atMs, userId }: Required<TimePage>['after'] & object): string {
  return `${atMs} ${userId}`;
}

/** Parses such a position. @throws ShoalError `INVALID_ARGUMENT` */
export function parsePlace(place: string | undefined): TimePage['after'] {
  if (place === undefined) return undefined;
  const [, atMs, userId] = PLACE.exec(place) ?? [];
  if (atMs !== undefined && userId !== undefined) return { atMs: Number(atMs), userId };
  throw new ShoalError(
    'INVALID_ARGUMENT',
    'There is no such position in the list: use the `next` of the previous page.',
  );
}
