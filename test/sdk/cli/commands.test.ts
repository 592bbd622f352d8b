import assert from 'node:assert/strict';
import { syntaxOf } from '../../../sdk/cli/command.js';
import { COMMANDS } from '../../../sdk/cli/commands/index.js';

describe('the table of commands', () => {
  it('has every command with its exact syntax', () => {
    assert.deepEqual(COMMANDS.map(syntaxOf), [
      'create_user <user_id> <passwd>',
      'login <user_id> <passwd>',
      'change_password <passwd> <new_passwd>',
      'logout',
      'create_group <group_id> [--publishers author|members] [--keep-versions N] [--keep-days N]',
      'change_group <group_id> [--publishers author|members] [--keep-versions N] [--keep-days N]',
      'join_group <group_id>',
      'leave_group <group_id>',
      'list_groups',
      'list_members <group_id>',
      'remove_member <group_id> <user_id>',
      'list_requests <group_id>',
      'accept_request <group_id> <user_id>',
      'reject_request <group_id> <user_id>',
      'list_files <group_id> [folder]',
      'upload_file <filepath> <group_id> [--base N] [--note TEXT]',
      'upload_folder <folderpath> <group_id> [--list-skipped] [--watch]',
      'show_skipped',
      'list_shares [group_id]',
      'stop_share <group_id> <file_name>',
      'show_uploads',
      'log_file <group_id> <file_name>',
      'revert_file <group_id> <file_name@version>',
      'remove_file <group_id> <file_name>',
      'keep_versions [total] [file_size]',
      'download_file <group_id> <filename> <dest_path> [--overwrite]',
      'download_folder <group_id> <folder> <dest_path> [--overwrite] [--delete] [--include PATTERN]… [--exclude PATTERN]…',
      'show_downloads',
      'show_sources <group_id> <filename>',
      'wait_downloads',
      'show_kept',
      'pause_download <group_id> <filename>',
      'resume_download <group_id> <filename>',
      'cancel_download <group_id> <filename>',
      'clear_downloads',
      'show_limits',
      'set_limit <limit> <value>',
      'limit_download <group_id> <filename> <rate>',
      'set_priority <group_id> <filename> <priority>',
      'reach',
      'set_connect <mode>',
      'set_port_mapping <on|off>',
      'help [command]',
      'quit',
    ]);
  });

  it('gives no name twice', () => {
    const names = COMMANDS.flatMap((command) => [command.name, ...command.aliases]);
    assert.equal(new Set(names).size, names.length);
  });
});
