import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Completion } from '../../../../sdk/cli/terminal/completion.js';
import { FakeDownload, FakeFolder, fakeClient, file, group } from '../fake-client.js';

describe('completion', () => {
  it('offers what fits the place in the command', async () => {
    const client = fakeClient({
      listGroups: () => Promise.resolve([group('lab', 'owner', 'alice'), group('chess', 'none', 'bob')]),
      listRequests: (groupId) => Promise.resolve([{ userId: `asks-${groupId}`, requestedAtMs: 0 }]),
      listMembers: (groupId) => Promise.resolve([{ userId: `in-${groupId}`, owner: false, sinceMs: 0 }]),
      shares: () =>
        ['mine.txt', 'photos/a', 'photos/old/b'].map((fileName) => ({
          ...{ groupId: 'lab', fileName, path: `/${fileName}`, manifestId: '', sizeBytes: 1 },
          state: { name: 'available' as const, sinceMs: 0 },
        })),
      folderDownloads: () => [new FakeFolder()],
      listFiles: () => Promise.resolve([file('a/b/c', 1), file('a/d', 1), file('plain', 1)]),
      downloads: () => [new FakeDownload('lab', 'theirs.txt'), new FakeDownload('chess', 'other.txt')],
    });
    const completion = new Completion(client, 'posix');
    for (const [line, candidates] of [
      ['wait', ['wait_downloads ']],
      ['list_', ['list_groups', 'list_members', 'list_requests', 'list_files', 'list_shares']],
      ['help qu', ['quit ']],
      ['join_group ', ['lab', 'chess']],
      ['leave_group ', ['lab ']],
      ['accept_request lab ', ['asks-lab ']],
      ['remove_member lab i', ['in-lab ']],
      ['stop_share lab m', ['mine.txt ']],
      ['stop_share lab photos', ['photos/a', 'photos/old/b', 'photos', 'photos/old']],
      ['list_files lab ', ['a', 'a/b']],
      ['set_limit u', ['upload ']],
      ['set_limit upload ', []],
      ['set_priority lab theirs.txt ', ['high', 'normal', 'low']],
      ['set_connect r', ['relay ']],
      ['set_port_mapping of', ['off ']],
      ['pause_download lab ', ['theirs.txt', 'photos']],
      ['download_folder lab ', ['a', 'a/b']],
      ['login al', []],
      ['login alice x', []],
      ['frobnicate ', []],
      ['join_group lab more', []],
      ['create_group --publishers ', ['author', 'members']],
      ['create_group --keep-days ', []],
      ['upload_file --note text /no/such/file ', ['lab ']],
      ['upload_file --n', ['--note ']],
      ['log_file lab pl', ['plain ']],
    ] as const) {
      assert.deepEqual((await completion.complete(line))[0], candidates, line);
    }
  });

  it('asks the tracker once for several keys', async () => {
    let asked = 0;
    const client = fakeClient({ listGroups: () => Promise.resolve([group('lab', 'owner', 'alice', ++asked)]) });
    const completion = new Completion(client, 'posix');
    await completion.complete('list_files ');
    await completion.complete('list_files l');
    assert.equal(asked, 1);
  });

  it('never offers what would drive the terminal', async () => {
    const client = fakeClient({ listGroups: () => Promise.resolve([group('\x1b[2J', 'owner', 'alice')]) });
    assert.deepEqual((await new Completion(client, 'posix').complete('leave_group '))[0], []);
  });

  it('completes paths, with quotes where they need them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-completion-'));
    try {
      mkdirSync(join(folder, 'my files'));
      writeFileSync(join(folder, 'my files', 'a.txt'), '');
      writeFileSync(join(folder, '.hidden'), '');
      const completion = new Completion(fakeClient(), 'posix');
      const candidatesOf = async (line: string) => (await completion.complete(line))[0];
      assert.deepEqual(await candidatesOf(`upload_file ${folder}/`), [`"${folder}/my files/"`]);
      assert.deepEqual(await candidatesOf(`upload_file "${folder}/my files/"`), [`"${folder}/my files/a.txt" `]);
      assert.deepEqual(await candidatesOf(`upload_file "${folder}/my f`), [`"${folder}/my files/"`]);
      assert.deepEqual(await candidatesOf(`upload_file ${folder}/.h`), [`${folder}/.hidden `]);
      assert.deepEqual(await candidatesOf('upload_file /no/such/folder/x'), []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
