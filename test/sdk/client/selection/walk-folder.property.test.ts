import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { foldsCaseHere } from '../../../../sdk/client/selection/ignore-rules.js';
import { walkFolder } from '../../../../sdk/client/selection/walk-folder.js';

interface Tree {
  readonly files: readonly (readonly string[])[];
  /** The rules of some folders. */
  readonly rules: readonly { readonly folder: readonly string[]; readonly lines: readonly string[] }[];
}

/** The settings of git that are not in the tree. */
const ALONE = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', XDG_CONFIG_HOME: '/nonexistent' };

const name = fc.constantFrom(
  'a',
  'b',
  'ab',
  'aab',
  'B',
  'Ab',
  'a.b',
  'é',
  'a é',
  '[a]',
  'a-b',
  '1',
  '_',
  '!a',
  '#a',
  '^',
);
const path = fc.array(name, { minLength: 1, maxLength: 4 });
const range = fc
  .tuple(
    fc.constantFrom('', '!', '^'),
    fc.array(
      fc.constantFrom(
        'a',
        'b',
        'A-Z',
        'a-z',
        '-',
        '.',
        '\\]',
        '\\',
        'é',
        '[:alpha:]',
        '[:upper:]',
        '[:punct:]',
        '[:',
        '[:nosuch:]',
        ']',
      ),
    ),
  )
  .map(([negation, members]) => `[${negation}${members.join('')}]`);
const piece = fc.oneof(
  { weight: 4, arbitrary: name },
  { weight: 4, arbitrary: fc.constantFrom('*', '**', '?', '***') },
  { weight: 3, arbitrary: fc.constant('/') },
  { weight: 1, arbitrary: range },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\\a',
      '\\A',
      '\\*',
      '\\',
      '\\ ',
      '\\!',
      '\\#',
      '[',
      '[a',
      ' ',
      '\t',
      '{a,b}',
      '$',
      '(',
      '**/',
      '/**',
      '/**/',
    ),
  },
);
const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
const line = fc.oneof(
  { weight: 6, arbitrary: pattern },
  { weight: 2, arbitrary: pattern.map((text) => `!${text}`) },
  { weight: 2, arbitrary: path.map((names) => names.join('/')) },
  { weight: 1, arbitrary: path.map((names) => `/${names.join('/')}/`) },
  { weight: 1, arbitrary: pattern.map((text) => `${text}  `) },
  { weight: 1, arbitrary: pattern.map((text) => `${text}\r`) },
  { weight: 1, arbitrary: fc.constantFrom('', '#a', '# a', '!', '/', '//', '!/', '*', '**', '!*', '!*/') },
);
const tree: fc.Arbitrary<Tree> = fc.record({
  files: fc.array(path, { minLength: 1, maxLength: 14 }),
  rules: fc.array(fc.record({ folder: fc.array(name, { maxLength: 2 }), lines: fc.array(line, { maxLength: 6 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

describe('the walk through a folder with drawn rules', function () {
  this.timeout(120_000);
  let root: string;
  let drawn = 0;

  before(function () {
    if (spawnSync('git', ['--version']).status !== 0) {
      console.log('        git is missing: there is nothing to compare the walk with');
      this.skip(); // the reason was printed
    }
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-walk-git-'));
    execFileSync('git', ['init', '-q', root], { env: { ...process.env, ...ALONE } });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function make({ files, rules }: Tree, folder = join(root, String(drawn++))): string {
    mkdirSync(folder, { recursive: true });
    const put = (place: string, text: string) => {
      try {
        mkdirSync(dirname(place), { recursive: true });
        if (!existsSync(place)) writeFileSync(place, text);
      } catch {
        // a drawn file has the name of a drawn folder, or one that this system does not accept
      }
    };
    for (const names of files) put(join(folder, ...names), '');
    for (const { folder: names, lines } of rules) put(join(folder, ...names, '.gitignore'), lines.join('\n'));
    return folder;
  }

  function listedByGit(folder: string, foldsCase: boolean): string[] {
    const args = ['-c', `core.ignorecase=${foldsCase}`, 'ls-files', '-o', '--exclude-standard', '-z'];
    const listed = execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...ALONE } });
    return listed.split('\0').filter((place) => place !== '');
  }

  for (const foldsCase of [false, true]) {
    it(`takes what git takes ${foldsCase ? 'without' : 'with'} regard to case`, async function () {
      if (!foldsCase && foldsCaseHere()) this.skip(); // the disk itself folds case
      await fc.assert(
        // many trees at a time, because each start of git takes long
        fc.asyncProperty(fc.array(tree, { minLength: 1, maxLength: 40, size: 'max' }), async (trees) => {
          const folder = join(root, String(drawn++));
          for (const [index, one] of trees.entries()) make(one, join(folder, String(index)));
          const { files } = await walkFolder(folder, { exclude: [], foldsCase });
          assert.deepEqual(files.map(({ place }) => place).toSorted(), listedByGit(folder, foldsCase).toSorted());
          rmSync(folder, { recursive: true });
        }),
        { numRuns: 6 },
      );
    });
  }

  it('takes what both `exclude` and the tree leave', async () => {
    const exclude = fc.array(
      fc.oneof(
        pattern,
        path.map((names) => names.join('/')),
        pattern.map((text) => `!${text}`),
      ),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(tree, exclude, async (one, patterns) => {
        const places = async (folder: string, some: readonly string[]) =>
          (await walkFolder(folder, { exclude: some })).files.map(({ place }) => place);
        const folder = make(one);
        const [both, byTree] = [await places(folder, patterns), await places(folder, [])];
        const alone = make({ ...one, rules: [{ folder: [], lines: patterns }] });
        const byExclude = new Set(await places(alone, []));
        const isRules = (place: string) => place.endsWith('.gitignore');
        assert.deepEqual(
          both.filter((place) => !isRules(place)),
          byTree.filter((place) => byExclude.has(place) && !isRules(place)),
        );
      }),
      { numRuns: 100 },
    );
  });
});
