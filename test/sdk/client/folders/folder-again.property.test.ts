import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { FolderChanges, KeptFile, ShoalClient } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { Lab } from '../support.js';

const LARGE_BYTES = 300_000;

/** What became of a downloaded file, in the group and on the disk of its downloader. */
interface Situation {
  readonly isLarge: boolean;
  readonly group: 'same' | 'newer' | 'removed';
  /** `next`: the user made by hand what the next version has. */
  readonly here: 'untouched' | 'touched' | 'deleted' | 'edited' | 'next';
}

interface Wish {
  readonly overwrite: boolean;
  readonly delete: boolean;
}

type Content = 'first' | 'second' | 'own' | undefined;

/** What a further download is to do: the count that grows, if one does, and what is on the disk afterwards. */
function expected({ group, here }: Situation, wish: Wish): [kind: keyof FolderChanges | undefined, content: Content] {
  const isEdited = here === 'edited' || (here === 'next' && group !== 'newer');
  const own: Content = here === 'next' ? 'second' : 'own';
  if (group === 'removed') {
    if (here === 'deleted') return [undefined, undefined];
    if (isEdited) return ['removed', own];
    return wish.delete ? ['deleted', undefined] : ['removed', 'first'];
  }
  const newest: Content = group === 'newer' ? 'second' : 'first';
  if (here === 'deleted') return ['restored', newest];
  if (isEdited) return wish.overwrite ? ['updated', newest] : ['edited', own];
  return here === 'next' || group === 'same' ? ['unchanged', newest] : ['updated', newest];
}

const situation: fc.Arbitrary<Situation> = fc.record({
  isLarge: fc.boolean(),
  group: fc.constantFrom('same', 'newer', 'removed'),
  here: fc.constantFrom('untouched', 'touched', 'deleted', 'edited', 'next'),
});
const wish = fc.record({ overwrite: fc.boolean(), delete: fc.boolean() });

/** Every situation once, for a small and a large file. */
const EVERY = [true, false].flatMap((isLarge) =>
  (['same', 'newer', 'removed'] as const).flatMap((group) =>
    (['untouched', 'touched', 'deleted', 'edited', 'next'] as const).map((here) => ({ isLarge, group, here })),
  ),
);

describe('a folder that is downloaded again', function () {
  this.timeout(120_000);
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let nextTree = 0;

  before(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
  });
  after(() => lab.close());

  /** bob downloads a folder, both sides change files, and he downloads it again. */
  async function check(drawn: readonly Situation[], how: Wish): Promise<void> {
    const anchor: Situation = { isLarge: false, group: 'same', here: 'untouched' }; // the folder keeps a file
    const situations = [anchor, ...drawn];
    const folder = `tree ${nextTree++}`;
    const inbox = lab.subfolder('inbox');
    const [source, target] = [join(lab.folder, folder), join(inbox, folder)];
    const place = (index: number) => `sub ${index % 3}/${index % 2}/file ${index}`;
    const text = (index: number, content: Content) =>
      content && `${folder} ${index} ${content} `.padEnd(situations[index]?.isLarge ? LARGE_BYTES : 0, content);
    const write = (root: string, index: number, content: Content) => {
      const path = join(root, place(index));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text(index, content) ?? '');
    };
    for (const index of situations.keys()) write(source, index, 'first');
    await alice.shareFolder(source, 'lab');
    await bob.downloadFolder('lab', folder, inbox).done;
    const listed = async () => alice.listFiles('lab', { folder });
    await until(async () => (await listed()).every(({ completeSources }) => completeSources === 2));

    for (const [index, { here }] of situations.entries()) {
      const path = join(target, place(index));
      if (here === 'touched') utimesSync(path, 1_000_000, 1_000_000 + index);
      if (here === 'deleted') rmSync(path);
      if (here === 'edited') write(target, index, 'own');
      if (here === 'next') write(target, index, 'second');
    }
    for (const [index, { group }] of situations.entries()) if (group === 'newer') write(source, index, 'second');
    await alice.shareFolder(source, 'lab');
    const removed = [...situations.keys()].filter((index) => situations[index]?.group === 'removed');
    const names = new Set(removed.map((index) => `${folder}/${place(index)}`));
    await Promise.all([...names].map((name) => alice.removeFile('lab', name)));
    await until(() => !bob.shares().some(({ fileName }) => names.has(fileName))); // he has heard of it

    const download = bob.downloadFolder('lab', folder, inbox, how);
    const { changes } = await download.done;
    const counts = { added: 0, restored: 0, updated: 0, unchanged: 0, edited: 0, removed: 0, deleted: 0 };
    const kept: KeptFile[] = [];
    for (const [index, one] of situations.entries()) {
      const [kind, content] = expected(one, how);
      const [fileName, path] = [`${folder}/${place(index)}`, join(target, place(index))];
      const found = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
      const isRight = found === text(index, content);
      assert.ok(isRight, `${JSON.stringify(one)}: ${content} is expected, found ${found?.slice(0, 30)}`);
      if (kind) counts[kind]++;
      if (kind === 'edited' || kind === 'removed') kept.push({ fileName, path, why: kind });
    }
    assert.deepEqual(changes, counts);
    const sorted = (files: readonly KeptFile[]) => [...files].sort((one, other) => (one.path < other.path ? -1 : 1));
    assert.deepEqual(sorted(download.kept), sorted(kept));
  }

  for (const overwrite of [false, true])
    for (const deletes of [false, true])
      it(`has every file as it must be, overwrite ${overwrite}, delete ${deletes}`, () =>
        check(EVERY, { overwrite, delete: deletes }));

  it('has every file as it must be, whatever its neighbours are', () =>
    fc.assert(fc.asyncProperty(fc.array(situation, { maxLength: 8 }), wish, check), { numRuns: 8 }));
});
