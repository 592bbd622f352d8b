import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { type DownloadOptions, type FileVersion, type ShareOptions, ShoalError } from '../../../../sdk/index.js';
import { answersTo } from '../answers.js';
import { FakeDownload, fakeClient, file, group } from '../fake-client.js';

const version = (number: number, note?: string): FileVersion => ({
  ...{ version: number, manifestId: 'ab', sizeBytes: 1024 * number, publishedBy: 'bob', deviceId: 'cd' },
  ...{ publishedAtMs: 60_000, members: 3, membersOnline: 1, note },
});
const notFound = () => Promise.reject(new ShoalError('FILE_NOT_FOUND', 'No.'));

describe('commands about versions', () => {
  it('log_file lists them', async () => {
    const client = fakeClient({ listVersions: () => Promise.resolve([version(2, 'typos'), version(1)]) });
    assert.deepEqual(await answersTo(client, 'log_file lab x'), [
      '2 versions',
      'version 2\t2 KiB\tby bob\t1970-01-01 00:01 UTC\t1 of 3 members online\ttypos',
      'version 1\t1 KiB\tby bob\t1970-01-01 00:01 UTC\t1 of 3 members online',
    ]);
  });

  it('revert_file needs the number, at the end of the name', async () => {
    const asked: unknown[] = [];
    const client = fakeClient({
      revertFile: (...[groupId, fileName, number]) => {
        asked.push([groupId, fileName, number]);
        return Promise.resolve(version(4));
      },
    });
    const lines = ['revert_file lab a@b@3', 'revert_file lab x@4', 'revert_file lab x', 'revert_file lab x@0'];
    assert.deepEqual(await answersTo(client, ...lines), [
      'published a@b (4 KiB) in lab as version 4, with the content of version 3',
      'version 4 of x is the newest already',
      'error USAGE: Which version of x? Write x@3 for version 3.',
      'error USAGE: Which version of x@0? Write x@0@3 for version 3.',
    ]);
    assert.deepEqual(asked, [
      ['lab', 'a@b', 3],
      ['lab', 'x', 4],
    ]);
  });

  it('remove_file', async () => {
    const client = fakeClient({ removeFile: () => Promise.resolve() });
    assert.deepEqual(await answersTo(client, 'remove_file lab x'), ['removed x from lab']);
  });

  it('download_file reads name@version, unless the group has a file of the whole name', async () => {
    const begun: unknown[] = [];
    const client = fakeClient({
      listVersions: (_group, name) => (name === 'mail@2' ? Promise.resolve([version(1)]) : notFound()),
      downloadFile: (groupId, fileName, _to, options: DownloadOptions = {}) => {
        begun.push([fileName, options.version]);
        return new FakeDownload(groupId, fileName);
      },
    });
    const names = ['x@3', 'mail@2', 'mail@2@1', 'a@b', 'x'];
    const answers = await answersTo(client, ...names.map((name) => `download_file lab ${name} ${tmpdir()}`));
    assert.match(answers[0] ?? '', /^downloading version 3 of x \(/);
    assert.match(answers[1] ?? '', /^downloading mail@2 \(/);
    assert.deepEqual(begun, [
      ['x', 3],
      ['mail@2', undefined],
      ['mail@2', 1],
      ['a@b', undefined],
      ['x', undefined],
    ]);
  });

  it('download_file takes the whole name where the tracker keeps no versions', async () => {
    const begun: unknown[] = [];
    const client = fakeClient({
      listVersions: () => Promise.reject(new ShoalError('TRACKER_INCOMPATIBLE', 'Old.')),
      downloadFile: (groupId, fileName, _to, options: DownloadOptions = {}) => {
        begun.push([fileName, options.version]);
        return new FakeDownload(groupId, fileName);
      },
    });
    await answersTo(client, `download_file lab x@3 ${tmpdir()}`);
    assert.deepEqual(begun, [['x@3', undefined]]);
  });

  it('upload_file tells what it did, and takes a base and a note', async () => {
    const asked: unknown[] = [];
    const results = [
      { outcome: 'published', version: 4 },
      { outcome: 'unchanged', version: 4 },
      { outcome: 'shared', version: 2 },
      { outcome: 'shared', version: 1 },
    ] as const;
    const client = fakeClient({
      shareFile: (_path, _group, { base, note }: ShareOptions = {}) => {
        const result = results[asked.length] ?? results[0];
        asked.push([base, note]);
        return Promise.resolve({ ...file('x', 1024), ...result, pieceHashString: '', fileDigest: 'cafe' });
      },
    });
    const lines = [
      'upload_file x lab --base 3 --note "a note"',
      'upload_file --note=--more= x lab',
      'upload_file x lab',
      'upload_file x lab',
      'upload_file x lab --base three',
      'upload_file x lab --note',
      'upload_file x lab --other 3',
    ];
    const usage = 'Write: upload_file <filepath> <group_id> [--base N] [--note TEXT]';
    assert.deepEqual(await answersTo(client, ...lines), [
      'published x (1 KiB) in lab as version 4',
      'unchanged: x (1 KiB) in lab is version 4 already',
      'shared x (1 KiB) in lab, where it is version 2 already; SHA-1 cafe',
      'shared x (1 KiB) in lab; SHA-1 cafe',
      'error USAGE: --base is a whole number, not three.',
      `error USAGE: --note has no value. ${usage}`,
      `error USAGE: Too many words. ${usage}; put a name with spaces in quotes`,
    ]);
    assert.deepEqual(asked, [
      [3, 'a note'],
      [undefined, '--more='],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it('upload_file tells the command that resolves a conflict', async () => {
    const newest = { ...file('x', 1), version: 3 };
    const client = fakeClient({
      shareFile: () => Promise.reject(new ShoalError('VERSION_CONFLICT', 'bob published version 3.', { newest })),
    });
    assert.deepEqual(await answersTo(client, 'upload_file /there/x lab'), [
      'error VERSION_CONFLICT: bob published version 3. Then: upload_file /there/x lab --base 3',
    ]);
  });

  it('create_group and change_group take the settings of a group', async () => {
    const asked: unknown[] = [];
    const settle = (groupId: string, { signal: _, ...settings }: object & { signal?: unknown } = {}) => {
      asked.push(settings);
      return Promise.resolve({ ...group(groupId, 'owner', 'alice'), keepVersions: 10, ...settings });
    };
    const client = fakeClient({ createGroup: settle, changeGroup: settle });
    const lines = [
      'create_group lab',
      'create_group lab --publishers members',
      'change_group lab --keep-versions 3 --keep-days 0',
      'change_group lab --publishers everybody',
    ];
    assert.deepEqual(await answersTo(client, ...lines), [
      'group lab created; you own it',
      'group lab created; you own it; all members publish versions; it keeps the newest 10 versions',
      "lab: a file's author and the group's owner publish versions; it keeps the newest 3 versions and those of 0 days",
      'error USAGE: --publishers is author or members, not everybody.',
    ]);
    assert.deepEqual(asked, [{}, { publishers: 'members' }, { keepVersions: 3, keepDays: 0 }]);
  });
});
