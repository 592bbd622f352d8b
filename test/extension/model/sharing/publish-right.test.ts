import assert from 'node:assert/strict';
import { mayPublish } from '../../../../extension/model/sharing/publish-right.js';

describe('the right to publish versions', () => {
  const authors = { standing: 'member', publishers: 'author' } as const;
  const file = { sharedBy: 'ann' };

  it("is its author's, the group owner's, and every member's if the group is set so", () => {
    assert.equal(mayPublish(authors, file, 'ann'), true);
    assert.equal(mayPublish(authors, file, 'bob'), false);
    assert.equal(mayPublish({ ...authors, standing: 'owner' }, file, 'bob'), true);
    assert.equal(mayPublish({ ...authors, publishers: 'members' }, file, 'bob'), true);
    assert.equal(mayPublish({ standing: 'member' }, file, 'bob'), false);
  });

  it('is unknown while the file or the group is', () => {
    assert.equal(mayPublish(authors, undefined, 'ann'), undefined);
    assert.equal(mayPublish(undefined, file, 'bob'), undefined);
    assert.equal(mayPublish(undefined, file, 'ann'), true);
    assert.equal(mayPublish(authors, file, undefined), undefined);
  });
});
