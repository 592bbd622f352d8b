import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'sdk/README.md', 'tracker/README.md', 'extension/README.md'],
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`),
];
const GENERATED: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', 'coverage']);

/** All files of the sources below a folder. A copy of the repository without git has them, too. */
function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (GENERATED.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** The paths of source files in backticks; what has a wildcard is no path. */
function sourcesIn(text: string): string[] {
  return [...text.matchAll(/`([\w./-]+\.(?:ts|mjs))`/g)].map(([, path = '']) => path);
}

describe('the documents', () => {
  const files = filesBelow('').map((path) => `/${path}`);

  for (const page of PAGES) {
    it(`name source files that exist: ${page}`, () => {
      const named = sourcesIn(readFileSync(join(ROOT, page), 'utf8'));
      assert.deepEqual(
        [...new Set(named)].filter((path) => !files.some((file) => file.endsWith(`/${path}`))),
        [],
      );
    });
  }

  it('are searched for paths in backticks', () => {
    assert.deepEqual(sourcesIn('`a/b-c.ts`, `*.ts`, `x.test.ts` and `e.mjs`, not f.ts or `g.md`'), [
      'a/b-c.ts',
      'x.test.ts',
      'e.mjs',
    ]);
  });
});
