import assert from 'node:assert/strict';
import { createManifest, encodeManifest } from '../../../sdk/protocol/index.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

const LAB = { groupId: 'lab' };

/** A small manifest inside a request, as `publishVersions` takes it. */
function content(seed: number): { manifestId: string; manifest: string } {
  const digest = Buffer.alloc(20, seed);
  const made = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
  return { manifestId: made.id, manifest: Buffer.from(encodeManifest(made)).toString('base64url') };
}

describe('versions of files', () => {
  let bench: RawBench;
  let ann: RawClient;
  let bob: RawClient;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start();
    ann = await bench.member('ann');
    bob = await bench.member('bob');
    await bench.group(ann, bob);
  });
  afterEach(() => bench.close());

  const publish = async (by: RawClient, seed: number, base: number, more: object = {}) => {
    const files = [{ fileName: 'a', base, ...content(seed), ...more }];
    const { files: results } = await by.call('publishVersions', { ...LAB, files });
    assert.ok(results[0]);
    return results[0];
  };

  it('are offered, published on top of each other, listed newest first, and found', async () => {
    assert.deepEqual((await (await bench.stranger()).hello()).offers, ['versions']);
    const [first, second] = [content(1), content(2)];
    assert.ok('file' in (await publish(ann, 1, 0)));
    const terms = { note: 'clearer\nfigures', modifiedMs: -5, executable: true };
    const made = await publish(ann, 2, 1, terms);
    assert.ok('file' in made);
    const { publishedAtMs, sharedAtMs, ...file } = made.file;
    assert.deepEqual(file, {
      ...{ fileName: 'a', manifestId: second.manifestId, sizeBytes: 8, sharedBy: 'ann', publishedBy: 'ann' },
      ...{ version: 2, sharersOnline: 1, completeSources: 1, ...terms },
    });
    assert.ok(Number(publishedAtMs) >= sharedAtMs);
    await bob.call('shareFile', { ...LAB, fileName: 'a', manifestId: first.manifestId });

    const { versions, next } = await bob.call('listVersions', { ...LAB, fileName: 'A' });
    assert.equal(next, null);
    assert.deepEqual(
      versions.map(({ version, manifestId, members, membersOnline, note }) => [
        version,
        manifestId,
        members,
        membersOnline,
        note,
      ]),
      [
        [2, second.manifestId, 1, 1, terms.note],
        [1, first.manifestId, 1, 1, undefined],
      ],
    );
    const page = await bob.call('listVersions', { ...LAB, fileName: 'a', limit: 1 });
    assert.deepEqual([page.versions.map(({ version }) => version), page.next], [[2], 2]);
    const rest = await bob.call('listVersions', { ...LAB, fileName: 'a', limit: 1, before: 2 });
    assert.deepEqual([rest.versions.map(({ version }) => version), rest.next], [[1], null]);

    const newest = await bob.call('findSources', { ...LAB, fileName: 'a' });
    assert.deepEqual([newest.file.version, newest.file.manifestId], [2, second.manifestId]);
    const older = await ann.call('findSources', { ...LAB, fileName: 'a', version: 1 });
    assert.deepEqual([older.file.version, older.file.manifestId], [1, first.manifestId]);
    assert.deepEqual(
      older.sources.map(({ userId }) => userId),
      ['bob'],
    );
    assert.equal(await ann.outcome('findSources', { ...LAB, fileName: 'a', version: 3 }), 'VERSION_NOT_FOUND');
  });

  it('conflict, with the newest one in the refusal', async () => {
    await ann.call('changeGroup', { ...LAB, publishers: 'members' });
    await publish(ann, 1, 0);
    await publish(ann, 2, 1);
    const conflict = await publish(bob, 3, 1);
    assert.ok('code' in conflict && conflict.code === 'VERSION_CONFLICT');
    assert.deepEqual([conflict.newest?.version, conflict.newest?.sharersOnline], [2, 1]);
    await assert.rejects(
      bob.call('publishVersion', { ...LAB, fileName: 'a', base: 1, manifestId: 'ab'.repeat(32) }),
      ({ data }: { data?: { code: string; newest?: { version: number } } }) =>
        data?.code === 'VERSION_CONFLICT' && data.newest?.version === 2,
    );
  });
});
