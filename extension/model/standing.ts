import type { Group } from '@shoal/sdk';

/** Whether a group is one that this user is in. */
export function isMine({ standing }: Pick<Group, 'standing'>): boolean {
  return standing === 'owner' || standing === 'member';
}
