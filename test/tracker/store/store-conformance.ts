import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Quotas } from '../../../tracker/store/quotas.js';
import type { FilePage, NewShare, Store, StoredFile } from '../../../tracker/store/store.js';
import { hasCode } from '../../support/has-code.js';
import { madeManifest } from '../made-manifest.js';
import { GroupModel, groupSteps } from './group-model.js';
import { stopShare } from './stop-share.js';

/** A place where a store can be opened, closed and opened again. */
export interface StorePlace {
  open(quotas?: Partial<Quotas>): Promise<Store>;
  /** Reads the tables of the store. */
  query(statement: string): Promise<readonly unknown[]>;
  remove(): Promise<void>;
}

/** Runs of a property: `effort` is the part of the usual number that a slower database has. */
export function runs(usual: number, effort: number): number {
  return Math.ceil(usual * effort);
}

/** More than any test shares. */
const ALL = { limit: 1000 };
const DEVICE = 'aa'.repeat(32);
const OTHER_DEVICE = 'bb'.repeat(32);

/** The requirements for every store, whatever its storage. */
export function describeStore(name: string, place: () => Promise<StorePlace>, effort = 1): void {
  describe(`the store in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
      store = await here.open();
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    async function reopen(): Promise<void> {
      await store.close();
      store = await here.open();
    }

    async function users(...userIds: string[]): Promise<void> {
      for (const userId of userIds) await store.createUser({ userId, passwordHash: `hash of ${userId}`, nowMs: 1 });
    }

    /** A group `lab` of these users; the first one owns it. */
    async function lab(owner: string, ...members: string[]): Promise<void> {
      await users(owner, ...members);
      await store.createGroup('lab', owner, 10_000);
      for (const [index, member] of members.entries()) {
        await store.requestToJoin('lab', member, 10_001 + index);
        await store.decideRequest('lab', owner, member, true, 10_001 + index);
      }
    }

    async function manifest(seed: number, userId = 'ann'): Promise<string> {
      const made = madeManifest(seed);
      await store.putManifest({ manifestId: made.manifestId, ...made.manifest, userId, nowMs: 1000 });
      return made.manifestId;
    }

    const shareAll = (userId: string, files: NewShare[], deviceId = DEVICE) =>
      store.shareFiles({ groupId: 'lab', userId, deviceId, files, nowMs: 20_000 });

    async function share(userId: string, fileName: string, manifestId: string, deviceId = DEVICE): Promise<StoredFile> {
      const [file] = await shareAll(userId, [{ fileName, manifestId }], deviceId);
      if (!file || 'code' in file) throw file ?? new Error('nothing');
      return file.file;
    }

    it('accepts join requests, on which only the owner decides', async () => {
      await users('ann', 'bob', 'cem');
      const made = await store.createGroup('Lab', 'ann', 5000);
      assert.deepEqual(made, {
        ...{ groupId: 'Lab', ownerId: 'ann', standing: 'owner', members: 1, epoch: 5_000_000 },
        ...{ publishers: 'author', keepVersions: 10, keepDays: 90 },
      });
      await assert.rejects(store.createGroup('lAB', 'bob', 1), hasCode('GROUP_EXISTS'));
      assert.equal((await store.requestToJoin('lab', 'bob', 6000)).standing, 'requested');
      await store.requestToJoin('lab', 'cem', 6001);
      await assert.rejects(store.requestToJoin('lab', 'bob', 1), hasCode('ALREADY_REQUESTED'));
      await assert.rejects(store.requestToJoin('lab', 'ann', 1), hasCode('ALREADY_A_MEMBER'));
      await assert.rejects(store.requestToJoin('none', 'bob', 1), hasCode('GROUP_NOT_FOUND'));
      assert.deepEqual(
        (await store.listRequests('lab', 'ann', ALL)).map((one) => one.userId),
        ['bob', 'cem'],
      );
      await assert.rejects(store.listRequests('lab', 'bob', ALL), hasCode('NOT_THE_OWNER'));
      await assert.rejects(store.decideRequest('lab', 'bob', 'bob', true, 1), hasCode('NOT_THE_OWNER'));
      await assert.rejects(store.decideRequest('lab', 'ann', 'ann', true, 1), hasCode('REQUEST_NOT_FOUND'));
      assert.deepEqual(await store.decideRequest('lab', 'ann', 'BOB', true, 7000), {
        groupId: 'Lab',
        userId: 'bob',
        ownerId: 'ann',
        epoch: 5_000_000,
      });
      await store.decideRequest('lab', 'ann', 'cem', false, 7000);
      await assert.rejects(store.requireMember('lab', 'cem'), hasCode('NOT_A_MEMBER'));
      assert.equal((await store.requireMember('lab', 'bob')).epoch, 5_000_000);
      await reopen();
      assert.deepEqual(
        (await store.listMembers('lab')).map((one) => [one.userId, one.owner]),
        [
          ['ann', true],
          ['bob', false],
        ],
      );
      assert.deepEqual(
        (await store.listGroups('cem', ALL)).map((one) => [one.groupId, one.standing, one.members, one.epoch]),
        [['Lab', 'none', 2, 0]],
      );
    });

    it('hands a group over to its longest-standing member, and dissolves it with the last', async () => {
      await lab('ann', 'bob', 'cem');
      const left = await store.leaveGroup('lab', 'ann');
      assert.deepEqual(left, {
        kind: 'left',
        groupId: 'lab',
        userId: 'ann',
        ownerId: 'bob',
        newOwnerId: 'bob',
        epoch: 10_000_001,
        stopped: [],
      });
      await assert.rejects(store.leaveGroup('lab', 'ann'), hasCode('NOT_A_MEMBER'));
      await assert.rejects(store.removeMember('lab', 'cem', 'bob'), hasCode('NOT_THE_OWNER'));
      await assert.rejects(store.removeMember('lab', 'bob', 'ann'), hasCode('NOT_A_MEMBER'));
      const removed = await store.removeMember('lab', 'bob', 'cem');
      assert.ok(removed.kind === 'left' && removed.newOwnerId === null && removed.epoch === 10_000_002);
      await store.requestToJoin('lab', 'ann', 1);
      assert.deepEqual(await store.leaveGroup('lab', 'bob'), {
        kind: 'dissolved',
        groupId: 'lab',
        userId: 'bob',
        epoch: 10_000_003,
        requesters: ['ann'],
      });
      assert.deepEqual(await store.listGroups('ann', ALL), []);
      const again = await store.createGroup('lab', 'cem', 100_000);
      assert.ok(again.epoch > 10_000_003, 'no ticket of the old group fits the new one');
      assert.deepEqual(await store.listRequests('lab', 'cem', ALL), []);
    });

    it('withdraws the join request of a user who leaves before becoming a member', async () => {
      await lab('ann');
      await users('bob');
      await store.requestToJoin('lab', 'bob', 1);
      assert.deepEqual(await store.leaveGroup('lab', 'bob'), { kind: 'withdrawn', groupId: 'lab' });
      assert.deepEqual(await store.listRequests('lab', 'ann', ALL), []);
    });

    it('lists a file while somebody shares it, with one content per name', async () => {
      await lab('ann', 'bob');
      const [one, two] = [await manifest(1), await manifest(2)];
      const file = await share('ann', 'Data.bin', one);
      assert.deepEqual(file, {
        groupId: 'lab',
        fileName: 'Data.bin',
        manifestId: one,
        sizeBytes: 5,
        sharedBy: 'ann',
        sharedAtMs: 20_000,
        ...{ version: 1, publishedBy: 'ann', publishedAtMs: 20_000 },
      });
      assert.equal((await share('bob', 'DATA.BIN', one)).sharedBy, 'ann');
      await assert.rejects(share('bob', 'data.bin', two), hasCode('NAME_TAKEN'));
      await assert.rejects(share('bob', 'new', 'ff'.repeat(32)), hasCode('MANIFEST_MISSING'));
      await share('ann', 'Data.bin', one, OTHER_DEVICE);
      await reopen();

      const stop = (userId: string, deviceId = DEVICE) =>
        stopShare(store, { groupId: 'lab', userId, deviceId, fileName: 'data.BIN' });
      assert.equal((await stop('ann')).fileGone, false);
      await assert.rejects(stop('ann'), hasCode('NOT_SHARED'));
      assert.equal((await stop('bob')).fileGone, false);
      assert.deepEqual(await stop('ann', OTHER_DEVICE), {
        groupId: 'lab',
        fileName: 'Data.bin',
        manifestId: one,
        fileGone: true,
        withdrawn: one,
      });
      await assert.rejects(stop('ann'), hasCode('FILE_NOT_FOUND'));
      assert.deepEqual(await store.listFiles('lab', 'bob', ALL), []);
      await share('bob', 'data.bin', two);
    });

    it('shares many in one step, and reports an error for each refused one', async () => {
      await lab('ann', 'bob');
      const [one, two] = [await manifest(1), await manifest(2)];
      const inline = madeManifest(3);
      const results = await shareAll('ann', [
        { fileName: 'src/a.ts', manifestId: one },
        { fileName: 'src/lib/b.ts', manifestId: inline.manifestId, manifest: inline.manifest },
        { fileName: 'SRC/A.ts', manifestId: two },
        { fileName: 'src/c.ts', manifestId: 'cc'.repeat(32) },
        { fileName: 'src', manifestId: one },
        { fileName: 'src/a.ts/deeper', manifestId: one },
        { fileName: 'src/a.ts', manifestId: one },
        { fileName: 'src0', manifestId: one },
      ]);
      assert.deepEqual(
        results.map((result) => ('code' in result ? result.code : result.file.fileName)),
        ['src/a.ts', 'src/lib/b.ts', 'NAME_TAKEN', 'MANIFEST_MISSING', 'NAME_TAKEN', 'NAME_TAKEN', 'src/a.ts', 'src0'],
      );
      const [, second] = results;
      assert.ok(second && !('code' in second));
      assert.deepEqual(await store.findFile('lab', 'bob', 'src/lib/b.ts'), second.file);
      assert.deepEqual(await store.findFiles('lab', 'bob', ['nosuch', 'SRC/LIB/b.ts']), [undefined, second.file]);
      const manifests = await store.readManifests('lab', 'bob', [inline.manifestId, two, one], 1000);
      assert.deepEqual([...manifests.keys()].sort(), [inline.manifestId, one].sort(), 'two is of no file');
      assert.deepEqual(manifests.get(inline.manifestId), inline.manifest.bytes);
      await assert.rejects(shareAll('eve', [{ fileName: 'x', manifestId: one }]), hasCode('NOT_A_MEMBER'));
    });

    it('lists page after page, and the files in a folder', async () => {
      await lab('ann');
      const id = await manifest(1);
      const names = ['b/1', 'b/2/x', 'B/3', 'b0', 'b-', 'a', 'ü/1'];
      await shareAll(
        'ann',
        names.map((fileName) => ({ fileName, manifestId: id })),
      );
      const list = async (page: FilePage) =>
        (await store.listFiles('lab', 'ann', page)).map(({ fileName }) => fileName);
      const all = await list(ALL);
      assert.deepEqual(all, ['a', 'b-', 'b/1', 'b/2/x', 'B/3', 'b0', 'ü/1']);
      assert.deepEqual(await list({ limit: 2, after: 'b/1' }), ['b/2/x', 'B/3']);
      assert.deepEqual(await list({ limit: 9, folder: 'B' }), ['b/1', 'b/2/x', 'B/3']);
      assert.deepEqual(await list({ limit: 9, folder: 'b', after: 'b/2/x' }), ['B/3']);
      assert.deepEqual(await list({ limit: 9, folder: 'b/2' }), ['b/2/x']);
      assert.deepEqual(await list({ limit: 9, folder: 'a' }), []);
    });

    it('knows when a device still shares the same content under another name', async () => {
      await lab('ann');
      const id = await manifest(1);
      await share('ann', 'a', id);
      await share('ann', 'b', id);
      assert.equal(
        (await stopShare(store, { groupId: 'lab', userId: 'ann', deviceId: DEVICE, fileName: 'a' })).withdrawn,
        undefined,
      );
      const other = 'f'.repeat(64);
      assert.deepEqual(await store.findContents('LAB', 'ann', [other, id, id]), {
        groupId: 'lab',
        found: new Set([id]),
      });
      await stopShare(store, { groupId: 'lab', userId: 'ann', deviceId: DEVICE, fileName: 'b' });
      assert.deepEqual(await store.findContents('lab', 'ann', [id]), { groupId: 'lab', found: new Set() });
    });

    it('stops many in one step, with the error of each share that cannot be stopped', async () => {
      await lab('ann', 'bob');
      const [one, two] = [await manifest(1), await manifest(2)];
      for (const fileName of ['a', 'b', 'c']) await share('ann', fileName, one);
      await share('bob', 'b', one);
      await share('bob', 'd', two);
      const fileNames = ['A', 'b', 'd', 'none', 'a', 'b'];
      const stopped = await store.stopShares({ groupId: 'LAB', userId: 'ann', deviceId: DEVICE, fileNames });
      assert.deepEqual(
        stopped.map((each) =>
          'code' in each ? each.code : `${each.fileName} ${each.fileGone} ${each.withdrawn === undefined}`,
        ),
        ['a true true', 'b false true', 'NOT_SHARED', 'FILE_NOT_FOUND', 'FILE_NOT_FOUND', 'NOT_SHARED'],
      );
      const rest = { groupId: 'lab', userId: 'ann', deviceId: DEVICE, fileNames: ['c'] };
      const [last] = await store.stopShares(rest);
      assert.ok(last && !('code' in last) && last.fileGone && last.withdrawn === one);
      const eve = { ...rest, userId: 'eve' };
      await assert.rejects(store.stopShares(eve), hasCode('NOT_A_MEMBER'));
    });

    it("removes a member's shares with the membership", async () => {
      await lab('ann', 'bob');
      const [one, two] = [await manifest(1), await manifest(2)];
      await share('bob', 'his', one);
      await share('bob', 'both', two);
      await share('ann', 'both', two);
      const removed = await store.removeMember('lab', 'ann', 'bob');
      assert.deepEqual(removed.kind === 'left' && removed.stopped, [{ fileName: 'his', manifestId: one }]);
      assert.deepEqual(
        (await store.listFiles('lab', 'ann', ALL)).map((file) => file.fileName),
        ['both'],
      );
    });

    it('shows files and manifests only to members', async () => {
      await lab('ann', 'bob');
      await users('eve');
      const id = await manifest(1);
      await share('ann', 'a', id);
      for (const refused of [
        () => store.listFiles('lab', 'eve', ALL),
        () => store.findFile('lab', 'eve', 'a'),
        () => store.findContents('lab', 'eve', [id]),
        () => share('eve', 'a', id),
        () => stopShare(store, { groupId: 'lab', userId: 'eve', deviceId: DEVICE, fileName: 'a' }),
      ])
        await assert.rejects(refused, hasCode('NOT_A_MEMBER'));
      assert.equal(await store.readManifest(id, 'eve'), undefined);
      assert.ok(await store.readManifest(id, 'bob'));
      await assert.rejects(store.findFile('lab', 'bob', 'none'), hasCode('FILE_NOT_FOUND'));
    });

    it('knows nothing by a name that no database can hold', async () => {
      await lab('ann');
      await share('ann', 'a', await manifest(1));
      for (const end of ['\0', '\ud800']) {
        const name = `a${end}`;
        assert.deepEqual(await store.findFiles('lab', 'ann', [name]), [undefined]);
        await assert.rejects(store.findFile('lab', 'ann', name), hasCode('FILE_NOT_FOUND'));
        await assert.rejects(store.requireMember(`lab${end}`, 'ann'), hasCode('GROUP_NOT_FOUND'));
        await assert.rejects(
          stopShare(store, { groupId: 'lab', userId: 'ann', deviceId: DEVICE, fileName: name }),
          hasCode('FILE_NOT_FOUND'),
        );
        const [removed] = await store.removeFiles({ groupId: 'lab', userId: 'ann', nowMs: 1, fileNames: [name] });
        assert.ok(removed && 'code' in removed && removed.code === 'FILE_NOT_FOUND');
        assert.equal(await store.findUser(`ann${end}`), undefined);
        assert.deepEqual(await store.listGroups('ann', { after: `lab${end}`, limit: 9 }), []);
        assert.deepEqual(await store.listFiles('lab', 'ann', { folder: name, after: name, limit: 9 }), []);
        assert.deepEqual(await store.listEmptyFolders('lab', 'ann', name, { after: name, limit: 9 }), []);
      }
    });

    it('returns a manifest unchanged, and sweeps unused ones', async () => {
      await lab('ann');
      const [used, unused] = [await manifest(1), await manifest(2)];
      await share('ann', 'a', used);
      const bytes = await store.readManifest(used, 'ann');
      assert.equal(bytes && Buffer.from(bytes).subarray(-20).equals(Buffer.alloc(20, 1)), true);
      await store.sweep(5000, 999);
      await share('ann', 'b', unused);
      await stopShare(store, { groupId: 'lab', userId: 'ann', deviceId: DEVICE, fileName: 'b' });
      await store.sweep(5000, 1001);
      await assert.rejects(share('ann', 'b', unused), hasCode('MANIFEST_MISSING'));
      assert.ok(await store.readManifest(used, 'ann'));
      assert.deepEqual(await store.counts(), { users: 1, groups: 1, files: 1, versions: 1 });
    });

    it('keeps the rules of groups whatever is done in any order', async () => {
      let round = 0;
      await users('u0', 'u1', 'u2');
      await fc.assert(
        fc.asyncProperty(groupSteps, async (steps) => {
          const groupId = `model ${round++}`;
          const model = new GroupModel();
          for (const [index, step] of steps.entries()) await model.check(store, groupId, step, 1_000_000 + index);
        }),
        { numRuns: runs(25, effort) },
      );
    });

    it('does one thing after the other if many arrive at once', async () => {
      await lab('ann');
      const names = Array.from({ length: 20 }, (_, index) => `member${index}`);
      await users(...names);
      await Promise.all(names.map((name) => store.requestToJoin('lab', name, 1)));
      await Promise.all(names.map((name) => store.decideRequest('lab', 'ann', name, true, 2)));
      const members = await store.listMembers('lab');
      assert.equal(members.length, 21);
      assert.equal(new Set(members.map((member) => member.sinceMs)).size, 21);
      const outcomes = await Promise.allSettled(['ann', ...names].map((name) => store.leaveGroup('lab', name)));
      assert.ok(outcomes.every((outcome) => outcome.status === 'fulfilled'));
      assert.deepEqual(await store.listGroups('ann', ALL), []);
    });
  });
}
