import assert from 'node:assert/strict';
import { sep } from 'node:path';
import fc from 'fast-check';
import { movedPath } from '../../../../../sdk/client/shares/upkeep/moved-path.js';

const at = (path: string) => path.replaceAll('/', sep);

function moved(path: string, moves: Record<string, string>): string | undefined {
  const places = new Map(Object.entries(moves).map(([from, to]) => [at(from), at(to)]));
  return movedPath(at(path), places)?.replaceAll(sep, '/');
}

describe('the path of a moved file', () => {
  it('is the new one of the file or of its folder', () => {
    assert.equal(moved('/a/b.txt', { '/a/b.txt': '/a/c.txt' }), '/a/c.txt');
    assert.equal(moved('/a/b/c.txt', { '/a': '/x/y' }), '/x/y/b/c.txt');
    assert.equal(moved('/a/b/c.txt', { '/a': '/x', '/a/b': '/z' }), '/z/c.txt');
  });

  it('is the same if no move is about it', () => {
    assert.equal(moved('/ab/c.txt', { '/a': '/x', '/ab/c': '/y' }), undefined);
    assert.equal(moved('/a/b', { '/a': '/a' }), undefined);
    assert.equal(moved('/a', {}), undefined);
  });

  it('keeps what is below the moved folder', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'a.b');
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
    fc.assert(
      fc.property(path, path, path, (file, from, to) => {
        const isIn = file === from || file.startsWith(`${from}/`);
        const wanted = isIn && from !== to ? to + file.slice(from.length) : undefined;
        assert.equal(moved(file, { [from]: to }), wanted);
      }),
    );
  });
});
