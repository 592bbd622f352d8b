import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LibraryShare } from '../../../../sdk/client/library/records/library-schema.js';
import { isToPublish, publicationOrder, seenVersion } from '../../../../sdk/client/versions/publication.js';
import { TRACKER_METHODS } from '../../../../sdk/protocol/index.js';

const share = (about: Partial<LibraryShare>): LibraryShare => ({
  ...{ groupId: 'lab', fileName: 'x', path: '/x', manifestId: 'ab'.repeat(32), sizeBytes: 1, modifiedNs: '0' },
  registered: true,
  ...about,
});

describe('a publication', () => {
  it('is based on the newest version that the record knows', () => {
    assert.equal(seenVersion(undefined), 0);
    assert.equal(seenVersion(share({})), 0);
    assert.equal(seenVersion(share({ version: 3 })), 3);
    assert.equal(seenVersion(share({ version: 3, seen: 5 })), 5);
    assert.equal(seenVersion(share({ published: { base: 4 } })), 4); // not confirmed: version 5 may not exist
    assert.equal(seenVersion(share({ version: 5, published: { base: 4 } })), 5);
  });

  it('is due until the tracker has told the number', () => {
    assert.equal(isToPublish(share({})), false);
    assert.equal(isToPublish(share({ published: { base: 0 } })), true);
    assert.equal(isToPublish(share({ published: { base: 0 }, version: 1 })), false);
  });

  it('fits the protocol, whatever the time of the file', () => {
    const { params } = TRACKER_METHODS.publishVersions;
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }), fc.boolean(), (time, executable) => {
        const order = publicationOrder(
          share({ modifiedNs: String(time), published: { base: 2, note: 'n', executable } }),
        );
        assert.deepEqual(params.parse({ groupId: 'lab', files: [order] }).files, [order]);
        assert.deepEqual([order.base, order.note, order.executable], [2, 'n', executable]);
      }),
    );
    assert.equal(publicationOrder(share({ modifiedNs: '1500000000' })).modifiedMs, 1500);
    assert.equal(publicationOrder(share({ modifiedNs: '-1' })).modifiedMs, -1);
    assert.equal(publicationOrder(share({ modifiedNs: '-2000000' })).modifiedMs, -2);
    assert.equal(publicationOrder(share({ modifiedNs: '9'.repeat(24) })).modifiedMs, undefined);
  });
});
