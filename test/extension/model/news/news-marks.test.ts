import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NewsMarks } from '../../../../extension/model/news/news-marks.js';
import { presentBadge, presentDigest } from '../../../../extension/model/presenters/present-news.js';

const publication = (fileName: string, atMs = 1, by = 'ann') => ({ fileName, by, atMs });
const news = (groupId: string, ...names: string[]) => ({
  groupId,
  files: names.map((name, index) => publication(name, index + 1)),
});

function namesOf(changed: readonly { groupId: string; fileName: string }[]): string[] {
  return changed.map(({ groupId, fileName }) => `${groupId}/${fileName}`);
}

describe('the marks of new files', () => {
  it('are counted until the user looks at their group, and stay until he looks away', () => {
    const marks = new NewsMarks();
    assert.deepEqual(namesOf(marks.take([news('lab', 'a', 'b'), news('choir', 'c')])), ['lab/a', 'lab/b', 'choir/c']);
    assert.deepEqual([marks.unseen, marks.groupIds], [3, ['lab', 'choir']]);
    assert.deepEqual([marks.look('lab'), marks.look('lab')], [2, undefined]);
    assert.deepEqual([marks.unseen, marks.isMarked('lab', 'a'), marks.isMarked('lab', 'x')], [1, true, false]);
    assert.deepEqual(namesOf(marks.take([news('lab')])), [], 'as the agent confirms it');
    assert.deepEqual(namesOf(marks.leave()), ['lab/a', 'lab/b']);
    assert.deepEqual([marks.unseen, marks.isMarked('choir', 'c')], [1, true]);
    assert.deepEqual(namesOf(marks.take([news('lab', 'd')], { isWhole: true })), ['lab/d', 'choir/c']);
  });

  it('end when their file is selected or their group is closed', () => {
    const marks = new NewsMarks();
    marks.take([news('lab', 'a', 'b'), news('choir', 'c')]);
    for (const groupId of ['lab', 'choir']) marks.look(groupId);
    assert.deepEqual(namesOf(marks.select('lab', 'a')), ['lab/a']);
    assert.deepEqual(namesOf(marks.leave('lab')), ['lab/b']);
    assert.deepEqual(namesOf(marks.clear()), ['choir/c']);
  });

  it('report exactly the files that changed', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    const step = fc.oneof(
      names.map((some) => (marks: NewsMarks) => marks.take([news('lab', ...some)])),
      fc.constant((marks: NewsMarks) => {
        marks.look('lab');
        return [];
      }),
      fc.constantFrom('a', 'b').map((name) => (marks: NewsMarks) => marks.select('lab', name)),
      fc.constantFrom('lab', undefined).map((groupId) => (marks: NewsMarks) => marks.leave(groupId)),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const marks = new NewsMarks();
        const marked = () => ['a', 'b', 'c', 'd'].filter((name) => marks.isMarked('lab', name));
        for (const act of steps) {
          const before = marked();
          const changed = act(marks).map(({ fileName }) => fileName);
          const after = marked();
          const other = [
            ...after.filter((name) => !before.includes(name)),
            ...before.filter((name) => !after.includes(name)),
          ];
          assert.deepEqual(changed.sort(), other.sort());
        }
      }),
    );
  });
});

describe('the words for news', () => {
  it('count join requests and new files', () => {
    assert.equal(presentBadge(0, 0), undefined);
    assert.deepEqual(presentBadge(1, 0), { value: 1, tooltip: '1 join request' });
    assert.deepEqual(presentBadge(2, 1), { value: 3, tooltip: '2 join requests, 1 new file' });
    assert.deepEqual(presentBadge(0, 5), { value: 5, tooltip: '5 new files' });
  });

  it('name the author, the files and the groups', () => {
    assert.equal(presentDigest([news('lab', 'folder/a.csv')]), 'ann published a.csv in lab.');
    assert.equal(presentDigest([news('lab', 'a', 'b')]), 'ann published 2 files in lab: b, a');
    assert.equal(presentDigest([news('lab', 'a', 'b', 'c', 'd')]), 'ann published 4 files in lab: d, c, b, …');
    const two = { groupId: 'lab', files: [publication('a'), publication('b', 2, 'bob')] };
    assert.equal(presentDigest([two]), '2 new files in lab: b, a');
    assert.equal(presentDigest([two, news('choir', 'c')]), '3 new files in lab, choir: c, b, a');
  });
});
