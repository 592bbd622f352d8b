import type { Group } from '@shoal/sdk';

/** Whether this user is in a group. */
export function isMine({ standing }: Pick<Group, 'standing'>): boolean {
  return standing === 'owner' || standing === 'member';
}
