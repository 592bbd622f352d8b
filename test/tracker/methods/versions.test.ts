import assert from 'node:assert/strict';
import { createManifest, encodeManifest, OPTIONAL_EVENTS, type TrackerEventName } from '../../../sdk/protocol/index.js';
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
    ann = await bench.member('ann', undefined, OPTIONAL_EVENTS);
    bob = await bench.member('bob', undefined, OPTIONAL_EVENTS);
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
    assert.deepEqual((await (await bench.stranger()).hello()).offers?.[0], 'versions');
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
        [1, first.manifestId, 2, 2, undefined], // ann announces it beside the second
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

  /** A member whose client is of version 0.1. */
  async function older(): Promise<RawClient> {
    const cem = await bench.member('cem');
    await cem.call('joinGroup', LAB);
    await ann.call('acceptRequest', { ...LAB, userId: 'cem' });
    return cem;
  }

  const eventsOf = async (one: RawClient, ...events: TrackerEventName[]) => {
    const heard: unknown[] = [];
    for (const event of events) {
      for (const payload of await one.heard(event)) {
        const { file, files } = payload as { file?: { version?: number }; files?: { version?: number }[] };
        heard.push([event, ...(files ?? (file ? [file] : [])).map(({ version }) => version)]);
      }
    }
    return heard;
  };

  it('are the file itself for clients of version 0.1', async () => {
    const cem = await older();
    const all = ['fileShared', 'filesShared', 'fileUpdated', 'filesUpdated'] as const;
    await publish(ann, 1, 0);
    for (const one of [bob, cem]) assert.deepEqual(await eventsOf(one, ...all), [['filesShared', 1]]);
    await publish(ann, 2, 1);
    assert.deepEqual(await eventsOf(bob, ...all), [['filesUpdated', 2]]);
    assert.deepEqual(await eventsOf(cem, ...all), [['filesShared', 2]]);
    const [file] = (await cem.call('listFiles', LAB)).files;
    assert.equal(file?.manifestId, content(2).manifestId);

    await cem.call('shareFile', { ...LAB, fileName: 'a', manifestId: content(1).manifestId });
    assert.deepEqual(await eventsOf(bob, ...all), [['fileShared', 2]], 'whoever has an older one, the newest is told');
    const wrong = { ...LAB, fileName: 'a', manifestId: content(3).manifestId };
    assert.equal(await cem.outcome('shareFile', wrong), 'NAME_TAKEN');

    await cem.heard('filesStopped');
    await ann.call('removeFiles', { ...LAB, fileNames: ['a'] });
    const stopped = [{ fileName: 'a', manifestId: content(2).manifestId }];
    assert.deepEqual(await bob.heard('filesRemoved'), [{ ...LAB, files: stopped, removedBy: 'ann' }]);
    assert.deepEqual(await bob.heard('filesStopped'), []);
    assert.deepEqual(await cem.heard('filesStopped'), [{ ...LAB, files: stopped }]);
    const again = { ...LAB, fileName: 'a', manifestId: content(1).manifestId };
    assert.equal(await cem.outcome('shareFile', again), 'NAME_TAKEN', 'which is final for that version');
    assert.equal(await bob.outcome('shareFile', again), 'FILE_REMOVED');
  });

  it('are removed by the author or the owner, with all sources', async () => {
    await ann.call('changeGroup', { ...LAB, publishers: 'members' });
    const inB = { fileName: 'b', base: 0, ...content(1) };
    await publish(bob, 1, 0);
    await publish(ann, 2, 1);
    await ann.call('publishVersions', { ...LAB, files: [inB] });
    const cem = await older();
    const { files: refused } = await cem.call('removeFiles', { ...LAB, fileNames: ['a', 'none'] });
    assert.deepEqual(
      refused.map((one) => 'code' in one && one.code),
      ['NOT_THE_AUTHOR', 'FILE_NOT_FOUND'],
    );
    assert.match(String(refused[0] && 'message' in refused[0] && refused[0].message), /bob.*lab.*ann.*ask/);
    await cem.call('findSources', { ...LAB, fileName: 'a' });
    assert.equal(await bench.figure('shoal_versions'), 3);
    assert.deepEqual(await bob.call('removeFiles', { ...LAB, fileNames: ['a'] }), { files: [{}] });
    const [went, ...more] = await cem.heard('sourceWent');
    assert.deepEqual([went?.manifestId, went?.deviceId, more.length], [content(2).manifestId, ann.identity.id, 0]);
    const { sources } = await cem.call('findSources', { ...LAB, fileName: 'b' });
    assert.equal(sources.length, 2, 'another name has this content, so that its sources stay');
    assert.equal(await bench.figure('shoal_versions'), 1);
    assert.equal(await ann.outcome('findSources', { ...LAB, fileName: 'a' }), 'FILE_NOT_FOUND');
    assert.ok('file' in (await publish(ann, 2, 0)), 'somebody may begin again');
  });

  it('are not removed with a version that the remover has not seen', async () => {
    await ann.call('changeGroup', { ...LAB, publishers: 'members' });
    await publish(ann, 1, 0);
    await publish(bob, 2, 1);
    const remove = async (...bases: number[]) => {
      const { files } = await ann.call('removeFiles', { ...LAB, fileNames: ['a'], bases });
      return files.map((one) => ('code' in one ? one.code : 'removed'));
    };
    assert.deepEqual(await remove(1), ['VERSION_CONFLICT']);
    assert.equal(await bench.figure('shoal_versions'), 2);
    const uneven = { ...LAB, fileNames: ['a'], bases: [2, 2] };
    assert.equal(await ann.outcome('removeFiles', uneven), 'INVALID_ARGUMENT');
    assert.deepEqual(await remove(2), ['removed']);
  });

  it('go on after the answer to a publication was lost, also if there are newer ones', async () => {
    await ann.call('changeGroup', { ...LAB, publishers: 'members' });
    await publish(ann, 1, 0);
    await publish(ann, 2, 1);
    await publish(bob, 3, 2);
    const repeated = await publish(ann, 2, 1);
    assert.ok('file' in repeated);
    assert.deepEqual([repeated.file.version, repeated.file.manifestId], [2, content(2).manifestId]);
    const another = await publish(bob, 2, 1);
    assert.ok('code' in another && another.code === 'VERSION_CONFLICT', 'who did not publish it has a conflict');
  });

  it('have notes without control characters', async () => {
    for (const note of ['a\u0000b', 'tab\there', 'one\r\ntwo', '\u001b[31m']) {
      const refused = await publish(ann, 1, 0, { note });
      assert.ok('code' in refused && refused.code === 'INVALID_ARGUMENT', JSON.stringify(note));
    }
    const long = { ...LAB, fileName: 'a', base: 0, manifestId: content(1).manifestId, note: 'x'.repeat(501) };
    assert.equal(await ann.outcome('publishVersion', long), 'INVALID_ARGUMENT');
    const empty = await publish(ann, 1, 0, { note: '' });
    assert.ok('file' in empty && empty.file.note === undefined);
  });

  it('fit into a message, however long their notes are', async () => {
    const files = Array.from({ length: 256 }, (_, index) => ({
      ...{ fileName: `${index}${'\u{3042}'.repeat(80)}/${'\u{3042}'.repeat(80)}/${'\u{3042}'.repeat(80)}`, base: 0 },
      ...{ note: '\u{3042}'.repeat(500), ...content(1) },
    }));
    const first = await ann.call('publishVersions', { ...LAB, files: files.slice(0, 128) });
    const second = await ann.call('publishVersions', { ...LAB, files: files.slice(128) });
    for (const one of [...first.files, ...second.files]) assert.ok('file' in one && one.file.version === 1);
    const heard = await bob.heard('filesShared');
    assert.deepEqual(
      heard.flatMap((one) => one.files).map(({ note }) => note?.length),
      files.map(() => 500),
    );
    const { files: located } = await bob.call('locateFiles', {
      ...LAB,
      fileNames: files.map(({ fileName }) => fileName),
    });
    assert.equal(located.filter((one) => 'file' in one).length, 256);
  });

  it('are kept as the settings of the group say, which members see', async () => {
    const eve = await bench.member('eve');
    const made = await ann.call('createGroup', { groupId: 'club', publishers: 'members', keepDays: 0 });
    assert.deepEqual([made.publishers, made.keepVersions, made.keepDays], ['members', 10, 0]);
    await ann.call('changeGroup', { ...LAB, keepVersions: 3 });
    const changed = [{ ...LAB, publishers: 'author', keepVersions: 3, keepDays: 90 }];
    assert.deepEqual(await bob.heard('groupChanged'), changed);
    assert.deepEqual(await eve.heard('groupChanged'), []);
    const seen = async (one: RawClient) =>
      (await one.call('listGroups', {})).groups.find(({ groupId }) => groupId === 'lab')?.keepVersions;
    assert.deepEqual([await seen(bob), await seen(eve)], [3, undefined]);
    assert.equal(await bob.outcome('changeGroup', { ...LAB, keepDays: 1 }), 'NOT_THE_OWNER');
    assert.equal(await ann.outcome('changeGroup', { ...LAB, keepVersions: 0 }), 'INVALID_ARGUMENT');
  });
});
