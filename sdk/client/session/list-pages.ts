import { type FileVersion, type Group, type SharedFile, ShoalError, type TrackerResult } from '../../protocol/index.js';
import type { JoinRequest, Member } from '../api/results.js';
import type { Caller } from '../tracker/tracker-calls.js';
import type { Abortable } from '../util/abort.js';

/** Maximum number of rows in a list, which bounds memory. A row takes some hundred bytes. */
const MAX_ROWS = 1_000_000;

/** Maximum number of empty folders in a list. */
const MAX_EMPTY_ROWS = 100_000;

/** Options of `listFiles`. */
export interface ListOptions extends Abortable {
  /** Lists only the files in this folder. */
  folder?: string | undefined;
}

/**
 * A page of a list, and the cursor of the next. A tracker of version 0.1 returns everything at once, without a cursor.
 */
interface Page<T, Cursor = string> {
  readonly rows: readonly T[];
  readonly next?: Cursor | null | undefined;
}

/**
 * All files of a group, or of a folder in it. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, or as `wholeList`
 */
export function listAllFiles(tracker: Caller, groupId: string, { folder, signal }: ListOptions): Promise<SharedFile[]> {
  return wholeList('files', async (after) => {
    const { files, next } = await tracker.call('listFiles', { groupId, folder, after }, signal);
    return { rows: files, next };
  });
}

/** All groups. @throws ShoalError as `wholeList` */
export function listAllGroups(tracker: Caller, signal?: AbortSignal): Promise<Group[]> {
  return wholeList('groups', (after) => askGroups(tracker, { after }, signal));
}

/**
 * The groups that the user is a member of. If the answer to a sign-in contains the first page, only the others are
 * requested.
 */
export async function listOwnGroups(
  tracker: Caller,
  first?: Pick<TrackerResult<'login'>, 'groups' | 'nextGroups'>,
  signal?: AbortSignal,
): Promise<Group[]> {
  const start = first && { rows: first.groups, next: first.nextGroups };
  const groups = await wholeList('groups', (after) => askGroups(tracker, { mine: true, after }, signal), start);
  return groups.filter(({ standing }) => standing === 'owner' || standing === 'member'); // version 0.1 ignores `mine`
}

/** All members of a group. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, or as `wholeList` */
export function listAllMembers(tracker: Caller, groupId: string, signal?: AbortSignal): Promise<Member[]> {
  return wholeList('members', async (after) => {
    const { members, next } = await tracker.call('listMembers', { groupId, after }, signal);
    return { rows: members, next };
  });
}

/** All requests to join a group. @throws ShoalError `NOT_THE_OWNER`, `GROUP_NOT_FOUND`, or as `wholeList` */
export function listAllRequests(tracker: Caller, groupId: string, signal?: AbortSignal): Promise<JoinRequest[]> {
  return wholeList('requests', async (after) => {
    const { requests, next } = await tracker.call('listRequests', { groupId, after }, signal);
    return { rows: requests, next };
  });
}

/** All versions of a file that the group keeps, newest first. @throws ShoalError `FILE_NOT_FOUND`, or as `wholeList` */
export function listAllVersions(
  tracker: Caller,
  groupId: string,
  fileName: string,
  signal?: AbortSignal,
): Promise<FileVersion[]> {
  return wholeList('versions', async (before: number | undefined) => {
    const { versions, next } = await tracker.call('listVersions', { groupId, fileName, before }, signal);
    return { rows: versions, next };
  });
}

/** All empty folders below a folder. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, or as `wholeList` */
export function listAllEmptyFolders(
  tracker: Caller,
  groupId: string,
  folder: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const ask = async (after: string | undefined) => {
    const { empty, next } = await tracker.call('listEmptyFolders', { groupId, folder, after }, signal);
    return { rows: empty, next };
  };
  return wholeList('empty folders', ask, undefined, MAX_EMPTY_ROWS);
}

/** The names of all files that this device shares in a group. @throws ShoalError `NOT_A_MEMBER`, `GROUP_NOT_FOUND`, or as `wholeList` */
export function listOwnShares(tracker: Caller, groupId: string): Promise<string[]> {
  return wholeList('shares', async (after) => {
    const { fileNames, next } = await tracker.call('listOwnShares', { groupId, after });
    return { rows: fileNames, next };
  });
}

async function askGroups(
  tracker: Caller,
  wanted: { mine?: boolean; after: string | undefined },
  signal: AbortSignal | undefined,
): Promise<Page<Group>> {
  const { groups, next } = await tracker.call('listGroups', wanted, signal);
  return { rows: groups, next };
}

/** Reads a list page by page. @throws ShoalError `PROTOCOL_ERROR` if the list does not end; the errors of `ask` */
async function wholeList<T, Cursor extends string | number = string>(
  what: string,
  ask: (after: Cursor | undefined) => Promise<Page<T, Cursor>>,
  first?: Page<T, Cursor>,
  most = MAX_ROWS,
): Promise<T[]> {
  const all: T[] = [];
  let page = first ?? (await ask(undefined));
  for (;;) {
    for (const row of page.rows) all.push(row);
    const { next } = page;
    if (next === null || next === undefined) return all;
    if (all.length > most || page.rows.length === 0)
      throw new ShoalError('PROTOCOL_ERROR', `The tracker's list of ${what} does not end: ask its operator.`);
    page = await ask(next);
  }
}
