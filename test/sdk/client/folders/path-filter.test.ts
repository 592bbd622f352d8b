import assert from 'node:assert/strict';
import { PathFilter } from '../../../../sdk/client/folders/path-filter.js';

describe('the patterns of a folder download', () => {
  const taken = (patterns: ConstructorParameters<typeof PathFilter>[0], paths: readonly string[]) => {
    const filter = new PathFilter(patterns, false);
    return paths.filter((path) => filter.takes(path.split('/')));
  };
  const PATHS = ['a.md', 'src/a.ts', 'src/b/c.ts', 'out/src', 'out/x.ts'];

  it('take everything without patterns', () => {
    assert.deepEqual(taken({}, PATHS), PATHS);
    assert.deepEqual(taken({ include: [], exclude: [] }, PATHS), PATHS);
  });

  it('take whole folders, names anywhere, and paths from the top', () => {
    assert.deepEqual(taken({ include: ['src/'] }, PATHS), ['src/a.ts', 'src/b/c.ts']);
    assert.deepEqual(taken({ include: ['src'] }, PATHS), ['src/a.ts', 'src/b/c.ts', 'out/src']);
    assert.deepEqual(taken({ include: ['/src/*.ts', '*.md'] }, PATHS), ['a.md', 'src/a.ts']);
    assert.deepEqual(taken({ include: ['src/**/*.ts'] }, PATHS), ['src/a.ts', 'src/b/c.ts']);
  });

  it('leave out what is excluded, and what a later pattern takes back', () => {
    assert.deepEqual(taken({ exclude: ['*.ts'] }, PATHS), ['a.md', 'out/src']);
    assert.deepEqual(taken({ include: ['src/'], exclude: ['b/'] }, PATHS), ['src/a.ts']);
    assert.deepEqual(taken({ include: ['*.ts', '!x.ts'] }, PATHS), ['src/a.ts', 'src/b/c.ts']);
    assert.deepEqual(taken({ exclude: ['*.ts', '!a.ts'] }, PATHS), ['a.md', 'src/a.ts', 'out/src']);
  });

  it('match a folder itself only where a folder may stand', () => {
    const takes = (patterns: ConstructorParameters<typeof PathFilter>[0], path: string, isFolder: boolean) =>
      new PathFilter(patterns, false).takes(path.split('/'), isFolder);
    assert.deepEqual(
      [true, false].map((one) => takes({ include: ['logs/'] }, 'a/logs', one)),
      [true, false],
    );
    assert.deepEqual(
      [true, false].map((one) => takes({ exclude: ['logs/'] }, 'a/logs', one)),
      [false, true],
    );
    assert.ok(!takes({ exclude: ['a/'] }, 'a/logs', true));
    assert.ok(!takes({ include: ['*.md'] }, 'a/logs', true));
  });
});
