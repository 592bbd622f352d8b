export { readBootId, UNKNOWN_BOOT_ID } from './boot-id.js';
export { errnoOf } from './errno.js';
export { type FolderLock, lockFolder, parseHolder } from './folder-lock.js';
export { parseKept, readOrMake } from './kept-file.js';
export { NO_FOLLOW } from './no-follow.js';
export { readFileWithin, readStartSync } from './read-file.js';
export { openRegular, openRegularSync } from './regular-file.js';
export { removeUnfinished, syncFolder, writeFileDurably, writeFilesDurably } from './write-file.js';
export { writeFullySync } from './write-fully.js';
