import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ofKinds, rowsMeant } from '../../../extension/model/selection.js';

describe('the rows that a command applies to', () => {
  const row = fc.record({ kind: fc.constantFrom('file', 'folder', 'group'), id: fc.uuid() });

  it('are the selection, the row itself without one, and none from the palette', () => {
    fc.assert(
      fc.property(
        fc.option(row, { nil: undefined }),
        fc.option(fc.array(row), { nil: undefined }),
        (node, selected) => {
          const meant = rowsMeant(node, selected);
          if (selected?.length) assert.deepEqual(meant, selected);
          else assert.deepEqual(meant, node ? [node] : []);
        },
      ),
    );
  });

  it('are of the kinds that the command knows, in the order of the rows', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const files = rows.filter(({ kind }) => kind === 'file');
        assert.deepEqual(ofKinds(rows, 'file'), files);
        assert.equal(ofKinds(rows, 'file', 'folder', 'group').length, rows.length);
        assert.deepEqual(ofKinds(rows), []);
      }),
    );
  });
});
