import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { decodeManifest } from '../../../../sdk/protocol/index.js';
import { CorruptingSeeder } from '../corrupting-seeder.js';
import { Bench, nextEvent } from '../support.js';
import { FolderRun, manifestOf, SmallTree, TAG, wordFor } from './folder-support.js';

describe('a folder task', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });
  afterEach(() => bench.close());

  const root = () => join(bench.folder, 'out');
  const journal = () => join(bench.folder, 'journal');
  const manyFiles = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index % 7}/f${index}`, 10 + index * 11]));

  function holds(tree: SmallTree): void {
    for (const [place, bytes] of tree.files) assert.deepEqual(readFileSync(join(root(), place)), bytes, place);
    const there = readdirSync(root(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(there.length, tree.files.size);
  }

  it('brings a tree from several sources, with empty and deep files, and leaves nothing beside it', async () => {
    const tree = new SmallTree({ ...manyFiles(300), empty: 0, 'a/b/c/d/e/f/g/h': 524_288, 'name of 255 bytes': 1 });
    const seeders = await Promise.all([bench.peer(), bench.peer(), bench.peer()]);
    tree.serve(join(bench.folder, 'in'), seeders);
    const leecher = await bench.peer();
    const run = await FolderRun.begin(bench, leecher, root(), journal());
    const told = nextEvent(leecher, 'folderProgress', (event) => event.files === tree.files.size - 1);
    const sources = seeders.map(({ source }) => source);
    const outcomes = await run.batch(tree.wanted(3), sources);
    assert.deepEqual(new Set(outcomes.map(wordFor)), new Set(['done']));
    holds(tree);
    for (const source of (await told).sources) assert.ok(source.pieces > 0, `${source.deviceId} gave nothing`);
  });

  it('takes what local files have, without a source, and fetches what they have no more', async () => {
    const tree = new SmallTree({ same: 100, edited: 100, longer: 100, gone: 100, nowhere: 100, empty: 0 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const local = (place: string) => join(bench.folder, 'local', place);
    mkdirSync(join(bench.folder, 'local'));
    for (const [place, bytes] of tree.files) writeFileSync(local(place), bytes);
    writeFileSync(local('edited'), Buffer.alloc(100, 1));
    writeFileSync(local('longer'), Buffer.alloc(101, 1));
    rmSync(local('gone'));
    const files = tree.wanted(1).map((file) => {
      const [place = ''] = file.segments;
      const copies = [join(bench.folder, 'local'), local(`no ${place}`), local(place)];
      return { ...file, sources: place === 'same' ? [] : [0], ...(place !== 'nowhere' && { copies }) };
    });
    const leecher = await bench.peer();
    const run = await FolderRun.begin(bench, leecher, root(), journal());
    const told = nextEvent(leecher, 'folderProgress', (event) => event.files === 5);
    assert.deepEqual(new Set((await run.batch(files, [seeder.source])).map(wordFor)), new Set(['done']));
    holds(tree);
    assert.equal((await told).sources[0]?.pieces, 4);
  });

  it('takes a name of as many bytes as a disk does', async () => {
    const tree = new SmallTree({ ['ä'.repeat(127)]: 5, ['b'.repeat(255)]: 6 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const run = await FolderRun.begin(bench, await bench.peer(), root(), journal());
    assert.deepEqual((await run.batch(tree.wanted(1), [seeder.source])).map(wordFor), ['done', 'done']);
    holds(tree);
  });

  it('goes on where it was: what is there is checked and kept, what is gone comes again', async () => {
    const tree = new SmallTree(manyFiles(40));
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const leecher = await bench.peer();
    const first = await FolderRun.begin(bench, leecher, root(), journal());
    const half = tree.wanted(1).slice(0, 20);
    assert.deepEqual(new Set((await first.batch(half, [seeder.source])).map(wordFor)), new Set(['done']));
    await first.stop();

    const touched = join(root(), half[1]?.segments.join('/') ?? '');
    utimesSync(touched, 1, 1);
    const changed = join(root(), half[2]?.segments.join('/') ?? '');
    writeFileSync(changed, Buffer.alloc(statSync(changed).size, 1));
    const gone = join(root(), half[3]?.segments.join('/') ?? '');
    rmSync(gone);
    writeFileSync(join(root(), `d0/left.${TAG}.part`), 'of a killed process');

    const second = await FolderRun.begin(bench, leecher, root(), journal(), 1001);
    const words = (await second.batch(tree.wanted(1), [seeder.source])).map(wordFor);
    assert.deepEqual(words.slice(0, 2), ['kept', 'kept']);
    assert.equal(words[2], 'DESTINATION_EXISTS');
    assert.equal(words[3], 'done');
    assert.deepEqual(new Set(words.slice(4, 20)), new Set(['kept']));
    assert.deepEqual(new Set(words.slice(20)), new Set(['done']));
    assert.ok(!existsSync(join(root(), `d0/left.${TAG}.part`)));
  });

  it('does not follow links, and lets what is in the way of one file not stop others', async () => {
    const tree = new SmallTree({ 'linked/a': 10, 'file/b': 10, c: 10, d: 10, 'fine/e': 10 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const elsewhere = join(bench.folder, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(join(root(), 'c'), { recursive: true });
    symlinkSync(elsewhere, join(root(), 'linked'));
    writeFileSync(join(root(), 'file'), '');
    symlinkSync(join(elsewhere, 'd'), join(root(), 'd'));
    const run = await FolderRun.begin(bench, await bench.peer(), root(), journal());
    const words = (await run.batch(tree.wanted(1), [seeder.source])).map(wordFor);
    assert.deepEqual(words, [...Array<string>(4).fill('DESTINATION_EXISTS'), 'done']);
    assert.deepEqual(readdirSync(elsewhere), []);
  });

  for (const [what, moved] of [
    ['it', (folder: string) => folder],
    ['a folder of it', (folder: string) => join(folder, 'd0')],
  ] as const) {
    it(`writes nothing elsewhere, and calls nothing done, when a link is put in the place of ${what} meanwhile`, async () => {
      const tree = new SmallTree(manyFiles(40));
      const seeder = await bench.peer();
      tree.serve(join(bench.folder, 'in'), [seeder]);
      const elsewhere = join(bench.folder, 'elsewhere');
      mkdirSync(elsewhere);
      const leecher = await bench.peer();
      const run = await FolderRun.begin(bench, leecher, root(), journal());
      const some = tree.wanted(1).slice(0, 20);
      assert.deepEqual(new Set((await run.batch(some, [seeder.source])).map(wordFor)), new Set(['done']));
      renameSync(moved(root()), join(bench.folder, 'moved'));
      symlinkSync(elsewhere, moved(root()));
      const failed = nextEvent(leecher, 'folderFailed').then(({ code }) => new Set([code]));
      const ended = run.batch(tree.wanted(1).slice(20), [seeder.source]).then((all) => new Set(all.map(wordFor)));
      const words = await Promise.race([failed, ended]);
      assert.ok(words.has('PATH_NOT_FOUND'));
      if (what === 'it') assert.equal(words.size, 1);
      assert.deepEqual(readdirSync(elsewhere), []);
    });
  }

  it('gives a file the name only if nothing came to stand there meanwhile', async () => {
    const tree = new SmallTree({ a: 10, b: 10 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const run = await FolderRun.begin(bench, await bench.peer(), root(), journal());
    // The same path twice in one batch, as from a wrong listing or a disk that folds case.
    const [a, b] = tree.wanted(1);
    assert.ok(a && b);
    const words = (await run.batch([a, { ...b, segments: ['a'] }], [seeder.source])).map(wordFor);
    assert.deepEqual(words.sort(), ['DESTINATION_EXISTS', 'done']);
    assert.deepEqual(readdirSync(root()), ['a']);
  });

  it('bans a source that sends wrong bytes, and fetches from others', async () => {
    const tree = new SmallTree({ a: 1000, b: 1000, c: 1000 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const liar = await CorruptingSeeder.start(decodeManifest(tree.wanted(1)[0]?.manifest ?? new Uint8Array()), {
      transportOf: (identity) => bench.transportOf(identity),
    });
    try {
      const leecher = await bench.peer();
      const run = await FolderRun.begin(bench, leecher, root(), journal());
      const banned = nextEvent(leecher, 'folderProgress', (event) =>
        event.sources.some((one) => one.state === 'banned'),
      );
      const words = (await run.batch(tree.wanted(1), [liar.source])).map(wordFor);
      assert.deepEqual(new Set(words), new Set(['unsourced']));
      await banned;
      const again = await run.batch(tree.wanted(2), [liar.source, seeder.source]);
      assert.deepEqual(new Set(again.map(wordFor)), new Set(['done']));
      holds(tree);
    } finally {
      await liar.close();
    }
  });

  it('gives back what nobody has, and does not wait for it', async () => {
    const tree = new SmallTree({ a: 10, b: 10 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const run = await FolderRun.begin(bench, await bench.peer(), root(), journal());
    const [a, b] = tree.wanted(1);
    assert.ok(a && b);
    const unknown = { segments: ['c'], manifest: manifestOf(Buffer.from('nobody has it')), sources: [0] };
    const lost = { ...seeder.source, deviceId: 'ab'.repeat(32) };
    const words = await run.batch([a, { ...b, sources: [1] }, unknown], [seeder.source, lost]);
    assert.deepEqual(words.map(wordFor), ['done', 'unsourced', 'unsourced']);
  });

  it('keeps to a rate limit, and to none again', async () => {
    const tree = new SmallTree(manyFiles(30));
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const leecher = await bench.peer();
    leecher.engine.send({ type: 'limits', downloadBytesPerSecond: 2000, uploadBytesPerSecond: undefined });
    const run = await FolderRun.begin(bench, leecher, root(), journal());
    const some = nextEvent(leecher, 'folderProgress', (event) => event.files > 0);
    const done = run.batch(tree.wanted(1), [seeder.source]);
    assert.ok((await some).files < 30);
    leecher.engine.send({ type: 'limits', downloadBytesPerSecond: undefined, uploadBytesPerSecond: undefined });
    assert.deepEqual(new Set((await done).map(wordFor)), new Set(['done']));
    holds(tree);
  });

  it('tells of a listing that contradicts itself', async () => {
    const bytes = Buffer.from('content');
    const right = manifestOf(bytes);
    const wrong = Buffer.from(right);
    wrong.fill(7, 17, 37); // the whole file's digest
    const tree = new SmallTree({ a: 10 });
    const seeder = await bench.peer();
    tree.serve(join(bench.folder, 'in'), [seeder]);
    const run = await FolderRun.begin(bench, await bench.peer(), root(), journal());
    const empty = Buffer.from(manifestOf(Buffer.alloc(0)));
    empty.fill(7, 17);
    const words = await run.batch([{ segments: ['e'], manifest: empty, sources: [0] }], [seeder.source]);
    assert.deepEqual(words.map(wordFor), ['DIGEST_MISMATCH']);
    assert.ok(!existsSync(join(root(), 'e')));
    assert.notDeepEqual(wrong, right);
  });
});
