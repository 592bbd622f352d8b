import assert from 'node:assert/strict';
import { type Child, partOf } from '../../../../extension/model/downloads/folder-part.js';
import { PathFilter } from '../../../../sdk/client/folders/path-filter.js';

describe('a part of a folder that the user chooses', () => {
  const NAMES = ['a', 'b*', 'b1', '[c]', 'c', '!d', '#e', 'f  ', 'f', 'g\\h', 'dir ', 'dir'];
  const children = NAMES.map((name): Child => ({ path: `tree/${name}`, isFolder: name.startsWith('dir') }));
  const pathsOf = ({ path, isFolder }: Child) => [...path.slice('tree/'.length).split('/'), ...(isFolder ? ['x'] : [])];

  it('is exactly what was taken, whatever the names are', () => {
    for (const isTaken of [...children.keys()].flatMap((at) => [
      (index: number) => index === at,
      (index: number) => index !== at,
    ])) {
      const taken = children.filter((_, index) => isTaken(index));
      const part = partOf('tree', children, new Set(taken.map(({ path }) => path)));
      const filter = new PathFilter(part ?? {}, false);
      assert.deepEqual(
        children.filter((child) => filter.takes(pathsOf(child))),
        taken,
      );
    }
  });

  it('has no patterns if it is all, and is refused if it has too many', () => {
    assert.deepEqual(partOf('tree', children, new Set(children.map(({ path }) => path))), {});
    const many = Array.from({ length: 2002 }, (_, index): Child => ({ path: `tree/${index}`, isFolder: false }));
    assert.equal(partOf('tree', many, new Set(many.slice(0, 1001).map(({ path }) => path))), undefined);
    assert.equal(partOf('tree', many, new Set(many.slice(0, 1000).map(({ path }) => path)))?.include?.length, 1000);
  });
});
