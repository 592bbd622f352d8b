import type { Group, SharedFile } from '@shoal/sdk';

/**
 * Whether a user may publish versions of a file; undefined if that is unknown.
 * @param group undefined if it is unknown
 * @param file as the group lists it; undefined if that is unknown
 */
export function mayPublish(
  group: Pick<Group, 'standing' | 'publishers'> | undefined,
  file: Pick<SharedFile, 'sharedBy'> | undefined,
  userId: string | undefined,
): boolean | undefined {
  if (group?.publishers === 'members' || group?.standing === 'owner') return true;
  if (file === undefined || userId === undefined) return undefined;
  if (file.sharedBy === userId) return true;
  return group === undefined ? undefined : false;
}
