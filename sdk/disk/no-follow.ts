import { constants } from 'node:fs';

/** Open flag that refuses a symbolic link. Windows has no such flag. */
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
