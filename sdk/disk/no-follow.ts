import { constants } from 'node:fs';

/** For opening a file: refuses a symbolic link. Windows has no such flag. */
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
