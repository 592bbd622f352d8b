import type { Command } from '../command.js';
import { ACCOUNT_COMMANDS } from './accounts.js';
import { DOWNLOAD_COMMANDS } from './downloads.js';
import { FILE_COMMANDS } from './files.js';
import { generalCommands, type Topic } from './general.js';
import { GROUP_COMMANDS } from './groups.js';
import { KEPT_COMMANDS } from './kept-versions.js';
import { LIMIT_COMMANDS } from './limits.js';
import { REACH_COMMANDS } from './reach.js';
import { SHARE_COMMANDS } from './shares.js';
import { VERSION_COMMANDS } from './versions.js';

export { findCommand } from './general.js';

/** All commands, in the order of the help. Parsing, usage errors, help and completion use this table. */
const TOPICS: readonly Topic[] = [
  { title: 'Accounts', commands: ACCOUNT_COMMANDS },
  { title: 'Groups', commands: GROUP_COMMANDS },
  { title: 'Files and sharing', commands: [...FILE_COMMANDS, ...SHARE_COMMANDS] },
  { title: 'Versions', commands: [...VERSION_COMMANDS, ...KEPT_COMMANDS] },
  { title: 'Downloads', commands: DOWNLOAD_COMMANDS },
  { title: 'Limits', commands: LIMIT_COMMANDS },
  { title: 'Connections', commands: REACH_COMMANDS },
  { title: 'This program', commands: generalCommands(() => TOPICS) },
];

export const COMMANDS: readonly Command[] = TOPICS.flatMap(({ commands }) => commands);
