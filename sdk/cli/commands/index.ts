import type { Command } from '../command.js';
import { ACCOUNT_COMMANDS } from './accounts.js';
import { DOWNLOAD_COMMANDS } from './downloads.js';
import { FILE_COMMANDS } from './files.js';
import { generalCommands } from './general.js';
import { GROUP_COMMANDS } from './groups.js';

export { findCommand } from './general.js';

/** Every command, in the order of the help: parsing, usage errors, help and completion all go by this table. */
export const COMMANDS: readonly Command[] = [
  ...ACCOUNT_COMMANDS,
  ...GROUP_COMMANDS,
  ...FILE_COMMANDS,
  ...DOWNLOAD_COMMANDS,
  ...generalCommands(() => COMMANDS),
];
