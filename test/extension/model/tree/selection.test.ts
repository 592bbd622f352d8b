import assert from 'node:assert/strict';
import fc from 'fast-check';
import { IN_TITLES, isRowLost, ofKinds, rowsMeant } from '../../../../extension/model/tree/selection.js';

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

  it('are lost if the editor does not know them any more, and not if the palette or a title was used', () => {
    assert.ok(isRowLost('downloadFile', [undefined, undefined]));
    assert.ok(isRowLost('downloadFile', [null]));
    assert.ok(isRowLost('downloadFile', [undefined, [{ kind: 'file' }, undefined]]));
    assert.ok(!isRowLost('downloadFile', [undefined, [{ kind: 'file' }]]));
    assert.ok(!isRowLost('downloadFile', [{ kind: 'file' }, undefined]));
    assert.ok(!isRowLost('downloadFile', []));
    for (const command of IN_TITLES) assert.ok(!isRowLost(command, [undefined, undefined]));
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
