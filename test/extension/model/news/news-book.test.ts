import assert from 'node:assert/strict';
import type { SharedFile } from '@shoal/sdk';
import fc from 'fast-check';
import { MOST_UNSEEN, NewsBook } from '../../../../extension/model/news/news-book.js';
import { file } from '../records.js';

function published(fileName: string, by: string, atMs: number): SharedFile {
  return file(fileName, { publishedBy: by, publishedAtMs: atMs, version: 2 });
}

function namesIn(book: NewsBook, groupId = 'lab'): string[] {
  return book.unseen(groupId).map(({ fileName }) => fileName);
}

/** What happens to a group: somebody publishes, a file is removed, a list comes, the user looks, the agent restarts. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      what: fc.constant('publish' as const),
      fileName: fc.constantFrom('a', 'b', 'c', 'd'),
      by: fc.constantFrom('me', 'ann', 'bob'),
      isHeard: fc.boolean(),
    }),
    fc.record({ what: fc.constant('remove' as const), fileName: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.record({ what: fc.constantFrom('list' as const, 'see' as const, 'restart' as const) }),
  ),
  { maxLength: 60 },
);

describe('the news of groups', () => {
  it('are empty at first, then have what others publish, the oldest first', () => {
    const book = new NewsBook('me');
    assert.equal(book.publish('lab', [published('early', 'ann', 4)]), false);
    assert.equal(book.list('lab', [published('old', 'ann', 5), file('first')]), false);
    assert.deepEqual(namesIn(book), []);
    assert.equal(book.publish('lab', [published('b', 'ann', 9), published('a', 'bob', 7)]), true);
    assert.equal(book.publish('lab', [published('mine', 'me', 9), published('old', 'ann', 5)]), false);
    assert.deepEqual(book.unseen('lab'), [
      { fileName: 'a', by: 'bob', atMs: 7 },
      { fileName: 'b', by: 'ann', atMs: 9 },
    ]);
    assert.equal(book.remove('lab', ['a', 'x']), true);
    assert.deepEqual(namesIn(book), ['b']);
    assert.equal(book.publish('lab', [published('b', 'me', 10)]), true, 'who publishes over it has seen it');
    assert.deepEqual(namesIn(book), []);
  });

  it('of a tracker without versions count the first share', () => {
    const book = new NewsBook('me');
    book.list('lab', []);
    book.publish('lab', [file('a', { sharedAtMs: 3 }), file('b', { sharedBy: 'me', sharedAtMs: 4 })]);
    assert.deepEqual(book.unseen('lab'), [{ fileName: 'a', by: 'ann', atMs: 3 }]);
  });

  it('are seen up to a time, and no further than is known', () => {
    const book = new NewsBook('me');
    book.list('lab', []);
    book.publish('lab', [published('a', 'ann', 7), published('b', 'ann', 9)]);
    assert.equal(book.see('lab', 7), true);
    assert.deepEqual([namesIn(book), book.seenMs('lab')], [['b'], 7]);
    assert.equal(book.see('lab', 1_000_000), true);
    assert.deepEqual([namesIn(book), book.seenMs('lab'), book.see('lab', 9)], [[], 9, false]);
  });

  it('are none in a group that the user has joined again', () => {
    const book = new NewsBook('me', [{ groupId: 'lab', seenMs: 1 }]);
    book.forget('lab');
    book.list('lab', [published('a', 'ann', 7)]);
    assert.deepEqual(namesIn(book), []);
  });

  it('are the newest ones where there are too many', () => {
    const book = new NewsBook('me');
    book.list('lab', []);
    for (let index = 0; index < MOST_UNSEEN + 5; index++)
      book.publish('lab', [published(`${index}`, 'ann', index + 1)]);
    const names = namesIn(book);
    assert.deepEqual([names.length, names[0], names.at(-1)], [MOST_UNSEEN, '5', String(MOST_UNSEEN + 4)]);
    book.see('lab', MOST_UNSEEN + 5);
    assert.deepEqual([namesIn(book), book.list('lab', [published('0', 'ann', 1)])], [[], false]);
  });

  it('never have own or seen files, and after a list exactly what others published since', () => {
    fc.assert(
      fc.property(steps, (some) => {
        let book = new NewsBook('me');
        const files = new Map<string, SharedFile>();
        let [nowMs, seenMs] = [10, 0];
        book.list('lab', []);
        for (const step of some) {
          if (step.what === 'publish') {
            const one = published(step.fileName, step.by, nowMs++);
            files.set(step.fileName, one);
            if (step.isHeard) book.publish('lab', [one]);
          } else if (step.what === 'remove') {
            files.delete(step.fileName);
            book.remove('lab', [step.fileName]);
          } else if (step.what === 'see') {
            book.see('lab', Math.max(0, ...book.unseen('lab').map(({ atMs }) => atMs)));
            seenMs = book.seenMs('lab');
          } else {
            if (step.what === 'restart') book = new NewsBook('me', [{ groupId: 'lab', seenMs: book.seenMs('lab') }]);
            book.list('lab', [...files.values()]);
            const expected = [...files.values()].filter(
              ({ publishedBy, publishedAtMs = 0 }) => publishedBy !== 'me' && publishedAtMs > seenMs,
            );
            assert.deepEqual(namesIn(book).sort(), expected.map(({ fileName }) => fileName).sort());
          }
          for (const { by, atMs } of book.unseen('lab')) assert.ok(by !== 'me' && atMs > seenMs);
        }
      }),
    );
  });
});
