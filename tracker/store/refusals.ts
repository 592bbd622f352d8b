import { ShoalError } from '@shoal/sdk/protocol';

/** The store's refusals, in words: the same whatever keeps the data. */

export function userExists(userId: string): ShoalError {
  return new ShoalError('USER_EXISTS', `There is a user ${userId} already: choose another name, or log in.`);
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
  return new ShoalError('NOT_A_MEMBER', `${userId} is no member of ${groupId}.`);
}

export function alreadyAMember(groupId: string): ShoalError {
  return new ShoalError('ALREADY_A_MEMBER', `You are a member of ${groupId} already.`);
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

export function fileNotFound(groupId: string, fileName: string): ShoalError {
  return new ShoalError('FILE_NOT_FOUND', `There is no file ${fileName} in ${groupId}: see list_files.`);
}

export function notShared(groupId: string, fileName: string): ShoalError {
  return new ShoalError('NOT_SHARED', `This device does not share ${fileName} in ${groupId}.`);
}

export function nameTaken(fileName: string, sharedBy: string): ShoalError {
  return new ShoalError(
    'NAME_TAKEN',
    `${sharedBy} shares another file as ${fileName}: share yours under another name, or ask ${sharedBy} to stop sharing that one.`,
  );
}

export function folderTaken(fileName: string, sharedBy: string): ShoalError {
  return new ShoalError(
    'NAME_TAKEN',
    `${sharedBy} shares ${fileName}, and a name is a file's or a folder's: share yours under another name, or ask ${sharedBy} to stop sharing that one.`,
  );
}

export function manifestMissing(): ShoalError {
  return new ShoalError('MANIFEST_MISSING', 'The tracker has no manifest of that file yet: upload it first.');
}
