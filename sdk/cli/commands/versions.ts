import { formatBytes, formatTime } from '../../index.js';
import { defineCommand } from '../command.js';
import { count } from '../texts/format.js';
import { FILE_OF_GROUP, FILE_VERSION, GROUP } from './arguments.js';
import { parseVersioned } from './versioned-name.js';

export const VERSION_COMMANDS = [
  defineCommand({
    name: 'log_file',
    args: [GROUP, FILE_OF_GROUP],
    summary: 'list the versions of a file, newest first: number, size, author, time, members who have it, note',
    async run({ group_id, file_name }, { client, signal }) {
      const versions = await client.listVersions(group_id, file_name, { signal });
      const entries = versions.map((one) => [
        `version ${one.version}`,
        formatBytes(one.sizeBytes),
        `by ${one.publishedBy}`,
        formatTime(one.publishedAtMs),
        `${one.membersOnline} of ${count(one.members, 'member')} online`,
        ...(one.note === undefined ? [] : [one.note]),
      ]);
      return { line: count(versions.length, 'version'), entries };
    },
  }),
  defineCommand({
    name: 'revert_file',
    args: [GROUP, FILE_VERSION],
    summary: 'publish the content of an earlier version again, as the newest one: revert_file lab report.csv@3',
    async run({ group_id, 'file_name@version': word }, { client, signal }) {
      const { fileName, version } = parseVersioned(word);
      const newest = await client.revertFile(group_id, fileName, version, { signal });
      if (newest.version === version) return { line: `version ${version} of ${fileName} is the newest already` };
      const what = `${fileName} (${formatBytes(newest.sizeBytes)}) in ${group_id} as version ${newest.version}`;
      return { line: `published ${what}, with the content of version ${version}` };
    },
  }),
  defineCommand({
    name: 'remove_file',
    args: [GROUP, FILE_OF_GROUP],
    summary: 'remove a file with all its versions from a group; files on the disks of its members stay',
    async run({ group_id, file_name }, { client, signal }) {
      await client.removeFile(group_id, file_name, { signal });
      return { line: `removed ${file_name} from ${group_id}` };
    },
  }),
];
