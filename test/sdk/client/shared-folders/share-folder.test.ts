import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FolderShareProgress, ShoalClient } from '../../../../sdk/index.js';
import { hasCode, Lab, nextEvent } from '../support.js';

const MANY = 300;

describe('sharing a folder', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    alice = await lab.signedIn('alice');
    bob = await lab.signedIn('bob');
    await lab.group('lab', alice, bob);
  });
  afterEach(() => lab.close());

  const tree = () => join(lab.folder, 'tree');
  function make(files: Record<string, string>): void {
    for (const [place, text] of Object.entries(files)) {
      mkdirSync(dirname(join(tree(), place)), { recursive: true });
      writeFileSync(join(tree(), place), text);
    }
  }
  const names = async (client: ShoalClient, folder?: string) =>
    (await client.listFiles('lab', { folder })).map(({ fileName }) => fileName);

  it('can be surveyed before, and then shares what was seen, less what is to be left out', async () => {
    make({ a: 'aa', 'sub/b': 'b', 'sub/.env': 'secret', 'sub/.gitignore': '!.env\nno', 'sub/no': 'n' });
    const { files, skipped } = await alice.surveyFolder(tree());
    const seen = files.map(({ place, sizeBytes }) => `${place} ${sizeBytes}`);
    assert.deepEqual({ seen, skipped }, { seen: ['a 2', 'sub/.env 6', 'sub/.gitignore 8', 'sub/b 1'], skipped: [] });
    assert.deepEqual(await names(bob), [], 'nobody was told');
    await alice.shareFolder(tree(), 'lab', { omit: ['sub/.env', 'a'] });
    assert.deepEqual(await names(bob), ['tree/sub/.gitignore', 'tree/sub/b']);
  });

  it('shares each file under its place in it, in batches, and others get all of it', async () => {
    const small = Array.from({ length: MANY }, (_none, index): [string, string] => [
      `d${index % 7}/f${index}`,
      `${index}`,
    ]);
    make({ ...Object.fromEntries(small), large: 'x'.repeat(20_000_000), empty: '', '.gitignore': 'no', no: 'n' });
    const told = nextEvent(bob, 'filesShared');
    const progress: FolderShareProgress[] = [];
    const result = await alice.shareFolder(tree(), 'LAB', { onProgress: (one) => progress.push(one) });
    const bytes = small.reduce((sum, [, text]) => sum + text.length, 0) + 20_000_000 + 2;
    assert.deepEqual(result, {
      ...{ folder: 'tree', files: MANY + 3, bytes, skipped: [] },
      ...{ added: MANY + 3, changed: 0, removed: 0, unchanged: 0 },
    });
    assert.deepEqual(progress[0], { doneFiles: 0, doneBytes: 0, fileCount: MANY + 3, sizeBytes: bytes });
    assert.deepEqual(progress.at(-1), { doneFiles: MANY + 3, doneBytes: bytes, fileCount: MANY + 3, sizeBytes: bytes });
    assert.ok((await told).files.every(({ fileName }) => fileName.startsWith('tree/')));
    assert.equal((await names(bob)).length, MANY + 3);
    assert.deepEqual((await names(bob, 'tree/d3')).length, small.filter(([place]) => place.startsWith('d3/')).length);
    const got = await bob.downloadFolder('lab', 'tree', lab.subfolder('inbox')).done;
    assert.equal(got.files, MANY + 3);
    for (const [place, text] of small) assert.equal(readFileSync(join(got.path, place), 'utf8'), text);
    assert.equal(readFileSync(join(got.path, 'large')).length, 20_000_000);
  });

  it('does again only what is new or has changed, after a restart too', async () => {
    make({ 'a.txt': 'a', 'b.txt': 'b' });
    await alice.shareFolder(tree(), 'lab', { as: 'Project/src' });
    await alice.close();
    const { client } = await lab.signedInAgain('alice');
    alice = client;
    assert.deepEqual(
      alice.shares().map(({ fileName }) => fileName),
      ['Project/src/a.txt', 'Project/src/b.txt'],
    );
    make({ 'b.txt': 'changed', 'c/d.txt': 'new' });
    const result = await alice.shareFolder(tree(), 'lab', { as: 'Project/src' });
    assert.deepEqual([result.files, result.skipped], [3, []]);
    const got = await bob.downloadFolder('lab', 'project/src', lab.subfolder('inbox')).done;
    assert.equal(readFileSync(join(got.path, 'b.txt'), 'utf8'), 'changed');
    assert.equal(readFileSync(join(got.path, 'c/d.txt'), 'utf8'), 'new');
  });

  it('goes on past names that are taken, and says so', async () => {
    make({ 'a.txt': 'mine', 'b.txt': 'b' });
    const his = lab.file('his', 5);
    await bob.shareFile(his, 'lab', { fileName: 'tree/a.txt' });
    const { files, skipped } = await alice.shareFolder(tree(), 'lab');
    assert.equal(files, 1);
    assert.deepEqual(
      skipped.map(({ path }) => path),
      [join(tree(), 'a.txt')],
    );
    assert.match(skipped[0]?.why ?? '', /^bob published version 1 of tree\/a\.txt/);
  });

  it('is refused with the reason, and changes nothing', async () => {
    make({ a: 'a' });
    const eve = await lab.signedIn('eve');
    await assert.rejects(eve.shareFolder(tree(), 'lab'), hasCode('NOT_A_MEMBER'));
    await assert.rejects(alice.shareFolder(join(tree(), 'a'), 'lab'), hasCode('NOT_A_FOLDER'));
    await assert.rejects(alice.shareFolder(tree(), 'lab', { as: '../up' }), hasCode('INVALID_NAME'));
    await assert.rejects(alice.shareFolder(tree(), 'lab', { signal: AbortSignal.abort() }), hasCode('ABORTED'));
    assert.deepEqual(await names(bob), []);
  });
});
