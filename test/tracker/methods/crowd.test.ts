import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  listAllFiles,
  listAllGroups,
  listAllMembers,
  listAllRequests,
  listOwnGroups,
} from '../../../sdk/client/session/list-pages.js';
import { shareFiles } from '../../../sdk/client/shares/registration/share-files.js';
import { MAX_BATCH_FILES, MAX_TRACKER_MESSAGE_BYTES } from '../../../sdk/protocol/index.js';
import type { TrackerLimits } from '../../../tracker/server/budgets/limits.js';
import { type Crowd, tokenOf, writeCrowd } from '../crowd.js';
import { madeManifest } from '../made-manifest.js';
import { RawBench } from '../raw-bench.js';
import type { RawClient } from '../raw-client.js';

/** The longest names: 256 bytes for a user or group; 1,024 for a file, which take twice as much in a message. */
const longName = (index: number) => `${index}`.padStart(4, '0') + '𠮷'.repeat(60);
const longPath = (index: number) => `${Array.from({ length: 4 }, () => '"'.repeat(250)).join('/')}/${1000 + index}`;

const STRANGER = longName(0);
const MANY_GROUPS: Crowd['groups'] = Array.from({ length: 2600 }, (_, index) => [longName(index), STRANGER]);

describe('a tracker with a crowd', () => {
  let bench: RawBench;

  beforeEach(() => {
    bench = new RawBench();
  });
  afterEach(() => bench.close());

  async function start(crowd: Crowd, limits: Partial<TrackerLimits> = {}): Promise<void> {
    await writeCrowd(join(bench.folder, 'data', 'tracker.db'), crowd);
    await bench.start({ limits });
  }

  /** A signed-in user of the crowd. Every message to him must be acceptable to a client. */
  async function enter(
    userId: string,
  ): Promise<{ client: RawClient; session: Awaited<ReturnType<RawClient['resume']>> }> {
    const client = await bench.guest();
    client.socket.on('message', (data: Buffer) =>
      assert.ok(data.length <= MAX_TRACKER_MESSAGE_BYTES, `${data.length}`),
    );
    return { client, session: await client.resume(tokenOf(userId)) };
  }

  it('sends everyone the list of all groups, and their own groups to owners at the sign-in', async () => {
    await start({ groups: [...MANY_GROUPS, ['lab', 'ann']] });
    const [ann, owner] = [await enter('ann'), await enter(STRANGER)];
    assert.deepEqual(
      ann.session.groups.map(({ groupId }) => groupId),
      ['lab'],
    );
    assert.equal(ann.session.nextGroups, null);
    const all = await listAllGroups(ann.client);
    assert.equal(all.length, 2601);
    assert.equal(new Set(all.map(({ groupId }) => groupId)).size, 2601);
    assert.ok(owner.session.groups.length < 2600 && owner.session.nextGroups);
    assert.deepEqual(
      await listOwnGroups(owner.client, owner.session),
      all
        .filter(({ ownerId }) => ownerId === STRANGER)
        .map((group) => ({
          ...group,
          ...{ standing: 'owner', epoch: 1, publishers: 'author', keepVersions: 10, keepDays: 90 },
        })),
    );
    assert.equal(await ann.client.outcome('createGroup', { groupId: 'mine' }), 'ok');
  });

  it('sends lists of files, members and join requests with the longest names', async () => {
    const userIds = Array.from({ length: 2500 }, (_, index) => longName(index));
    await start({
      groups: [['lab', 'ann']],
      members: userIds.slice(0, 1200).map((userId) => ['lab', userId]),
      requests: userIds.slice(1200).map((userId) => ['lab', userId]),
      files: Array.from({ length: 700 }, (_, index) => ['lab', longPath(index), 'ann']),
    });
    const { client } = await enter('ann');
    const members = await listAllMembers(client, 'lab');
    assert.deepEqual(
      members.map(({ userId }) => userId),
      ['ann', ...userIds.slice(0, 1200)],
    );
    const requests = await listAllRequests(client, 'lab');
    assert.deepEqual(requests.map(({ userId }) => userId).sort(), userIds.slice(1200).sort());
    const files = await listAllFiles(client, 'lab', {});
    assert.deepEqual(
      files.map(({ fileName }) => fileName),
      Array.from({ length: 700 }, (_, index) => longPath(index)),
    );
    assert.equal(await client.outcome('listMembers', { groupId: 'lab', after: 'nowhere' }), 'INVALID_ARGUMENT');
  });

  it('answers a batch of the longest names, notifies the others, and lists sources of all', async () => {
    await start({
      groups: [['lab', longName(1)]],
      members: Array.from({ length: 2 }, (_, index) => ['lab', longName(2 + index)]),
    });
    const sharers = await Promise.all(
      Array.from({ length: 3 }, async (_, index) => (await enter(longName(1 + index))).client),
    );
    const [first, watcher] = sharers;
    assert.ok(first && watcher);
    const { manifestId } = madeManifest(1);
    const manifest = Buffer.from(madeManifest(1).manifest.bytes).toString('base64url');
    const names = Array.from({ length: MAX_BATCH_FILES }, (_, index) => longPath(index));
    const orders = names.map((fileName) => ({ fileName, manifestId, manifest }));
    for (const sharer of sharers) assert.ok((await shareFiles(sharer, 'lab', orders)).every((one) => 'file' in one));
    const heard = await watcher.heard('filesShared');
    assert.equal(heard.flatMap(({ files }) => files).length, names.length * sharers.length);
    const { files, devices } = await watcher.call('locateFiles', { groupId: 'lab', fileNames: names });
    assert.ok(files.every((one) => 'file' in one && one.sources.length > 0));
    assert.equal(devices.length, 2);
    const { files: refused } = await watcher.call('locateFiles', {
      groupId: 'lab',
      fileNames: names.map((_, index) => 'あ'.repeat(1020) + index),
    });
    assert.ok(refused.every((one) => 'code' in one && one.code === 'FILE_NOT_FOUND'));
    const taken = names.map((fileName) => ({
      fileName,
      manifestId: madeManifest(2).manifestId,
      manifest: Buffer.from(madeManifest(2).manifest.bytes).toString('base64url'),
    }));
    assert.ok((await shareFiles(watcher, 'lab', taken)).every((one) => 'code' in one && one.code === 'NAME_TAKEN'));
  });

  it('refuses an answer that would be longer than a message, and continues', async () => {
    await start({ groups: [['lab', 'ann']] });
    const { client } = await enter('ann');
    // A refused item is longer than its request.
    const item = (fill: number) => ({
      groupId: '\u0001'.repeat(150) + 'x'.repeat(fill),
      ...{ manifestId: 'ab'.repeat(32), complete: true },
    });
    const room = Math.floor((MAX_TRACKER_MESSAGE_BYTES - 200) / 1000) - JSON.stringify(item(0)).length - 1;
    const items = Array.from({ length: 1000 }, () => item(room));
    assert.equal(await client.outcome('announce', { items }), 'INVALID_ARGUMENT');
    assert.equal(await client.outcome('listGroups', {}), 'ok');
  });

  it('bounds the accounts, groups and join requests of one address, and says when to continue', async () => {
    const rate = { atOnce: 2, perHour: 60 };
    await start(
      {
        groups: [
          ['lab', 'eve'],
          ['club', 'eve'],
          ['den', 'eve'],
        ],
        members: [['den', 'ann']],
      },
      { signUpsPerAddress: rate, groupsPerAddress: rate, requestsPerAddress: rate },
    );
    const [{ client: ann }, guest] = [await enter('ann'), await bench.guest()];
    const codes = async (client: RawClient, method: 'createUser' | 'createGroup' | 'joinGroup', asked: object[]) => {
      const outcomes = [];
      for (const params of asked) outcomes.push(await client.outcome(method, params));
      return outcomes;
    };
    const accounts = ['a/b', 'one', 'two', 'three'].map((userId) => ({ userId, password: 'x' }));
    assert.deepEqual(await codes(guest, 'createUser', accounts), ['INVALID_NAME', 'ok', 'ok', 'RATE_LIMITED']);
    const groups = ['a', 'b', 'c'].map((groupId) => ({ groupId }));
    assert.deepEqual(await codes(ann, 'createGroup', groups), ['ok', 'ok', 'RATE_LIMITED']);
    await assert.rejects(
      ann.call('createGroup', { groupId: 'c' }),
      /groups made from your address.*try again in \d+ s/,
    );
    const asked = ['lab', 'club', 'den'].map((groupId) => ({ groupId }));
    assert.deepEqual(await codes(ann, 'joinGroup', asked), ['ok', 'ok', 'RATE_LIMITED']);
    assert.equal(await guest.outcome('login', { userId: 'one', password: 'x', device: guest.prove() }), 'ok');
  });

  it('names the reached bound by a code, over the WebSocket and over HTTP', async () => {
    await start(
      { groups: [['lab', 'ann']] },
      { groupsOwnedPerUser: 1, filesPerUser: 1, unusedManifestBytesPerUser: 4096 },
    );
    const { client: ann } = await enter('ann');
    assert.equal(await ann.outcome('createGroup', { groupId: 'more' }), 'QUOTA_EXCEEDED');
    const put = (seed: number) => {
      const { manifestId, manifest } = madeManifest(seed);
      const headers = { authorization: `Bearer ${tokenOf('ann')}`, 'content-length': String(manifest.bytes.length) };
      return bench.http('PUT', `/manifests/${manifestId}`, headers, manifest.bytes);
    };
    assert.equal((await put(1)).status, 204);
    const refused = await put(2);
    assert.deepEqual([refused.status, (JSON.parse(refused.text) as { code: string }).code], [403, 'QUOTA_EXCEEDED']);
    const share = (fileName: string) =>
      ann.outcome('shareFile', { groupId: 'lab', fileName, manifestId: madeManifest(1).manifestId });
    assert.deepEqual([await share('a'), await share('b')], ['ok', 'QUOTA_EXCEEDED']);
    assert.equal((await put(2)).status, 204);
  });
});
