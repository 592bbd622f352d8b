import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { walkFolder } from '../../../../sdk/client/selection/walk-folder.js';
import { HeldFolder } from '../../../../sdk/disk/index.js';
import { ResumeJournal } from '../../../../sdk/engine/storage/parts/resume-journal.js';
import { ShoalError } from '../../../../sdk/index.js';
import { hasCode } from '../../../support/has-code.js';

describe('the walk through a folder', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-walk-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function make(files: Record<string, string>): void {
    for (const [place, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, place)), { recursive: true });
      writeFileSync(join(root, place), text);
    }
  }

  async function places(exclude: readonly string[] = []): Promise<string[]> {
    return (await walkFolder(root, { exclude })).files.map(({ place }) => place);
  }

  it('takes every regular file, in order, with its size', async () => {
    make({ 'b.txt': 'bb', 'a/z': '', 'a/b/c': 'ccc', '.hidden': 'h' });
    const { files, skipped } = await walkFolder(root, { exclude: [] });
    assert.deepEqual(
      files.map(({ place, sizeBytes, path }) => [place, sizeBytes, path === join(root, place)]),
      [
        ['.hidden', 1, true],
        ['a/b/c', 3, true],
        ['a/z', 0, true],
        ['b.txt', 2, true],
      ],
    );
    assert.deepEqual(skipped, []);
  });

  it('tells which folders contain nothing at all', async () => {
    make({ 'a/b/c': '', '.gitignore': 'no\nout/\n', 'ignored/no': '', 'out/x': '' });
    for (const place of ['empty', 'a/one/two', 'out/empty', 'left', 'kept', '.git/refs'])
      mkdirSync(join(root, place), { recursive: true });
    const { empty } = await walkFolder(root, { exclude: ['left'], omit: new Set(['kept']) });
    assert.deepEqual(empty, ['a/one/two', 'empty']);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    assert.deepEqual((await walkFolder(root, { exclude: [] })).empty, [], 'the root is not counted');
  });

  it('leaves out the places that are named, whatever the rules further in say', async () => {
    make({ 'sub/.gitignore': '!*\n', 'sub/.env': '', 'sub/a': '', '.env': '', 'sub/deep/b': '', 'a*': '', ab: '' });
    const omit = new Set(['sub/.env', 'sub/deep', 'a*']);
    const { files, skipped } = await walkFolder(root, { exclude: ['/.env'], omit });
    assert.deepEqual(
      files.map(({ place }) => place),
      ['ab', 'sub/.gitignore', 'sub/a'],
    );
    assert.deepEqual(skipped, []);
  });

  it('leaves out what the rules in the tree and those given say, the ones further in last', async () => {
    make({
      '.gitignore': 'dist/\n*.log\n/only-here\n',
      '.shoalignore': '!keep.log\n',
      'keep.log': '',
      'drop.log': '',
      'only-here': '',
      'sub/only-here': '',
      'dist/x': '',
      'sub/dist/y': '',
      'sub/.gitignore': '!loud.log\nquiet.txt\n',
      'sub/loud.log': '',
      'sub/quiet.txt': '',
      'quiet.txt': '',
      'sub/secret.key': '',
      '.git/config': '',
      'sub/.git/config': '',
    });
    assert.deepEqual(await places(['*.key']), [
      '.gitignore',
      '.shoalignore',
      'keep.log',
      'quiet.txt',
      'sub/.gitignore',
      'sub/loud.log',
      'sub/only-here',
    ]);
  });

  it('follows no link, takes nothing special, and tells of both', async () => {
    if (process.platform === 'win32') return;
    make({ 'inside/a': 'a' });
    symlinkSync('/etc', join(root, 'folder-link'));
    symlinkSync(join(root, 'inside/a'), join(root, 'file-link'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const { files, skipped } = await walkFolder(root, { exclude: [] });
    assert.deepEqual(
      files.map(({ place }) => place),
      ['inside/a'],
    );
    assert.deepEqual(
      skipped.map(({ path, why }) => [path.slice(root.length + 1), why]),
      [
        ['file-link', 'a link is never followed'],
        ['folder-link', 'a link is never followed'],
        ['pipe', 'no regular file'],
      ],
    );
  });

  it('takes no part of an unfinished download, and what only has a name like one', async () => {
    const key = { manifestId: 'ab'.repeat(32), pieceCount: 1, bootId: '0'.repeat(32) };
    make({
      'a.part': '',
      'b.part': '',
      'b.part.journal': 'mine',
      'c.0.feedfacecafe.part': '',
      'd.0.0123456789ab.part': '',
    });
    const held = await HeldFolder.open(root);
    await (await ResumeJournal.begin(held, 'a.part.journal', key, [])).close();
    await held.close();
    const { files, skipped } = await walkFolder(root, { exclude: [], tags: new Set(['feedfacecafe']) });
    assert.deepEqual(
      files.map(({ place }) => place),
      ['b.part', 'b.part.journal', 'd.0.0123456789ab.part'],
    );
    assert.deepEqual(
      skipped.map(({ path, why }) => [path.slice(root.length + 1), why]),
      ['a.part', 'a.part.journal', 'c.0.feedfacecafe.part'].map((name) => [name, 'a part of an unfinished download']),
    );
  });

  it('goes on past a folder that cannot be read', async function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip(); // who may read everything
    make({ 'shut/a': '', ok: '' });
    chmodSync(join(root, 'shut'), 0);
    const { files, skipped } = await walkFolder(root, { exclude: [] });
    chmodSync(join(root, 'shut'), 0o700);
    assert.deepEqual(
      [files.map(({ place }) => place), skipped.map(({ path }) => path.slice(root.length + 1))],
      [['ok'], ['shut']],
    );
  });

  it('ends at rules that cannot be read, unless their folder is left out', async () => {
    make({ ok: '', 'sub/a': '', '.gitignore': '' });
    writeFileSync(join(root, 'sub/.gitignore'), Buffer.from('gehéim', 'latin1'));
    await assert.rejects(walkFolder(root, { exclude: [] }), hasCode('RULES_INVALID'));
    assert.deepEqual(await places(['sub/']), ['.gitignore', 'ok']);
  });

  it('never takes what the caller excludes, whatever the rules in the tree say', async () => {
    make({ '.gitignore': '!demo.key\n!*.key\n', '.shoalignore': '!secret/\n!*\n', 'demo.key': '', 'secret/a': '' });
    make({ 'sub/.shoalignore': '!*\n', 'sub/demo.key': '', 'sub/secret/a': '', 'sub/ok': '' });
    const all = ['.gitignore', '.shoalignore', 'sub/.shoalignore', 'sub/ok'];
    assert.deepEqual(await places(['*.key', 'secret/']), all);
  });

  it('does not take what the tree leaves out, even if the caller negates it', async () => {
    make({ '.gitignore': '*.log\n', 'a.log': '', 'b.txt': '', 'c.txt': '' });
    assert.deepEqual(await places(['!*.log', '*.txt', '!c.txt']), ['.gitignore', 'c.txt']);
  });

  it('says what is no folder, or not there, and stops when it is told to', async () => {
    make({ file: '' });
    symlinkSync(root, join(root, 'loop'));
    await assert.rejects(walkFolder(join(root, 'file'), { exclude: [] }), hasCode('NOT_A_FOLDER'));
    await assert.rejects(walkFolder(join(root, 'loop'), { exclude: [] }), (error) => {
      return (
        error instanceof ShoalError && error.code === 'NOT_A_FOLDER' && /link.*name the folder/.test(error.message)
      );
    });
    await assert.rejects(walkFolder(join(root, 'nosuch'), { exclude: [] }), hasCode('PATH_NOT_FOUND'));
    await assert.rejects(walkFolder(root, { exclude: [], signal: AbortSignal.abort() }), hasCode('ABORTED'));
  });
});
