import assert from 'node:assert/strict';
import { explained, NO_ANSWER, outcomeOf } from '../../../../sdk/client/versions/outcome.js';
import { type SharedFile, ShoalError } from '../../../../sdk/protocol/index.js';

const newest: SharedFile = {
  ...{ fileName: 'x', manifestId: 'ab'.repeat(32), sizeBytes: 1, sharedBy: 'alice', sharedAtMs: 0 },
  ...{ sharersOnline: 0, completeSources: 0, version: 3, publishedBy: 'bob', publishedAtMs: 60_000 },
};

describe('the outcome of a publication', () => {
  it('is a file, an error with its code, or no answer', () => {
    assert.equal(outcomeOf({ file: newest }), newest);
    assert.equal(outcomeOf(undefined), NO_ANSWER);
    const refused = outcomeOf({ code: 'NAME_TAKEN', message: 'No.' });
    assert.ok(refused instanceof ShoalError);
    assert.deepEqual([refused.code, refused.message], ['NAME_TAKEN', 'No.']);
    const unknown = outcomeOf({ code: 'OF_THE_FUTURE', message: 'No.' });
    assert.ok(unknown instanceof ShoalError && unknown.code === 'PROTOCOL_ERROR');
  });

  it('says of a conflict who published which version when, and what to do', () => {
    const conflict = outcomeOf({ code: 'VERSION_CONFLICT', message: 'No.', newest });
    assert.ok(conflict instanceof ShoalError);
    assert.equal(conflict.newest, newest);
    const what = 'bob published version 3 of x at 1970-01-01 00:01 UTC, and your file is not based on it';
    assert.equal(conflict.message, `${what}: download it and look at it, then share yours with base 3.`);
    const bare = new ShoalError('VERSION_CONFLICT', 'No.');
    assert.equal(explained(bare), bare);
  });

  it('is readable whatever time the tracker gives', () => {
    const late = { ...newest, publishedAtMs: Number.MAX_SAFE_INTEGER };
    assert.match(explained(new ShoalError('VERSION_CONFLICT', 'No.', { newest: late })).message, /\+275760-09-13/);
  });
});
