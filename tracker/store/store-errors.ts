import { ShoalError } from '@shoal/sdk/protocol';

/** The store's refusals, with the same texts for every implementation. */

const FAILURES: ReadonlySet<string> = new Set(['NO_SPACE', 'DISK_ERROR', 'UNAVAILABLE']);

/** Seconds after which a client should ask again. */
export const RETRY_AFTER_S = 5;

/** Whether the store failed, rather than the request. */
export function isStoreFailure(error: unknown): boolean {
  return error instanceof ShoalError && FAILURES.has(error.code);
}

export function storeIsAway(cause: unknown): ShoalError {
  const what = 'The tracker cannot reach its database';
  return new ShoalError('UNAVAILABLE', `${what}: try again in ${RETRY_AFTER_S} seconds.`, { cause });
}

/** The database was lost while it confirmed a change. */
export function changeUnconfirmed(cause: unknown): ShoalError {
  const what = "The tracker's database was lost before it confirmed the change";
  return new ShoalError('TIMEOUT', `${what}: look whether it was made, and try again if not.`, { cause });
}

/** Whether a change may have been made, or not. */
export function isUnconfirmed(error: unknown): boolean {
  return error instanceof ShoalError && error.code === 'TIMEOUT';
}

export function storeIsBusy(cause?: unknown): ShoalError {
  const what = "The tracker's database is changed by too many at once";
  return new ShoalError('UNAVAILABLE', `${what}: try again in ${RETRY_AFTER_S} seconds.`, { cause });
}

export function userExists(userId: string): ShoalError {
  return new ShoalError('USER_EXISTS', `A user ${userId} exists already: choose another name, or sign in.`);
}

export function userLooksAlike(userId: string, other: string): ShoalError {
  return new ShoalError('USER_EXISTS', `${userId} looks like the existing user ${other}: choose another name.`);
}

export function groupLooksAlike(groupId: string, other: string): ShoalError {
  return new ShoalError('GROUP_EXISTS', `${groupId} looks like the existing group ${other}: choose another name.`);
}

export function groupExists(groupId: string): ShoalError {
  return new ShoalError('GROUP_EXISTS', `There is a group ${groupId} already: choose another name, or join it.`);
}

export function groupNotFound(groupId: string): ShoalError {
  return new ShoalError('GROUP_NOT_FOUND', `There is no group ${groupId}: see list_groups.`);
}

export function notAMember(groupId: string): ShoalError {
  return new ShoalError('NOT_A_MEMBER', `You are no member of ${groupId}: ask to join it first.`);
}

export function isNoMember(groupId: string, userId: string): ShoalError {
  return new ShoalError('NOT_A_MEMBER', `${userId} is not a member of ${groupId}.`);
}

export function alreadyAMember(groupId: string): ShoalError {
  return new ShoalError('ALREADY_A_MEMBER', `You are already a member of ${groupId}.`);
}

export function alreadyRequested(groupId: string, ownerId: string): ShoalError {
  return new ShoalError('ALREADY_REQUESTED', `You have asked to join ${groupId} already: ${ownerId} decides.`);
}

export function notTheOwner(groupId: string, ownerId: string): ShoalError {
  return new ShoalError('NOT_THE_OWNER', `Only the owner of ${groupId} may do that: ask ${ownerId}.`);
}

export function requestNotFound(groupId: string, userId: string): ShoalError {
  return new ShoalError('REQUEST_NOT_FOUND', `${userId} has not asked to join ${groupId}: see list_requests.`);
}

export function manifestMissing(): ShoalError {
  return new ShoalError('MANIFEST_MISSING', 'The tracker has no manifest of that file yet: upload it first.');
}

export function ownsTooManyGroups(most: number): ShoalError {
  return quotaExceeded(`You own ${most} groups, the maximum for one user`, 'leave one that you do not need');
}

export function inTooManyGroups(most: number): ShoalError {
  const what = `You are in ${most} groups, including join requests, the maximum for one user`;
  return quotaExceeded(what, 'leave one, or withdraw a request');
}

export function tooManyRequests(most: number): ShoalError {
  const what = `You have ${most} open join requests, the maximum for one user`;
  return quotaExceeded(what, 'withdraw one, or wait until one is decided');
}

export function tooManyRequesters(groupId: string, ownerId: string, most: number): ShoalError {
  const what = `${groupId} has ${most} open join requests, the maximum for one group`;
  return quotaExceeded(what, `wait until ${ownerId} has decided some`);
}

export function tooManyFiles(whose: 'This device shares' | 'You share' | 'The group has', most: number): ShoalError {
  const one = { 'This device shares': 'device', 'You share': 'user', 'The group has': 'group' }[whose];
  const what = `${whose} ${most} files, the maximum for one ${one}`;
  return quotaExceeded(what, 'stop sharing some, or share many small ones as one archive');
}

export function tooManyVersions(whose: string, most: number): ShoalError {
  const what = `${whose} has ${most} versions, the maximum`;
  return quotaExceeded(what, 'let the group keep fewer, or share under another name');
}

export function tooManyEmptyFolders(groupId: string, most: number): ShoalError {
  return quotaExceeded(`${groupId} has ${most} empty folders, the maximum for one group`, 'delete some of yours');
}

export function tooManyBytes(most: number): ShoalError {
  const what = `You would share more than ${showBytes(most)}, the maximum for one user`;
  return quotaExceeded(what, 'stop sharing some files');
}

export function tooManyUnusedManifests(most: number): ShoalError {
  const what = `Your unused manifests would exceed ${showBytes(most)}, the maximum for one user`;
  return quotaExceeded(what, 'share their files, or wait an hour until the tracker removes them');
}

export function inNoGroup(): ShoalError {
  return new ShoalError(
    'NOT_A_MEMBER',
    'You are in no group, so there is nobody to share with: make one, or join one.',
  );
}

function quotaExceeded(what: string, advice: string): ShoalError {
  return new ShoalError('QUOTA_EXCEEDED', `${what}: ${advice}, or ask the tracker's operator.`);
}

function showBytes(bytes: number): string {
  const unit = bytes >= 2 ** 40 ? 'TiB' : bytes >= 2 ** 30 ? 'GiB' : 'MiB';
  const shown = bytes / { TiB: 2 ** 40, GiB: 2 ** 30, MiB: 2 ** 20 }[unit];
  return `${Number(shown.toFixed(1))} ${unit}`;
}
