import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ShoalError } from '../../../sdk/protocol/index.js';
import type { NewShare, NewShares, Store, StoredFile } from '../../../tracker/store/store.js';
import { madeManifest } from '../made-manifest.js';
import { stopShare } from './stop-share.js';
import { runs, type StorePlace } from './store-conformance.js';

/** More than any test shares. */
const ALL = { limit: 1000 };
const USERS = ['u0', 'u1'];
const DEVICES = ['aa'.repeat(32), 'bb'.repeat(32)];
const NAMES = ['Data', 'DATA', 'other'];

const step = fc.record({
  kind: fc.constantFrom('share' as const, 'share' as const, 'stop' as const, 'leave' as const, 'reopen' as const),
  user: fc.constantFrom(...USERS),
  device: fc.constantFrom(...DEVICES),
  name: fc.constantFrom(...NAMES),
  content: fc.nat({ max: 1 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface ModelFile {
  readonly name: string;
  readonly content: number;
  readonly sharedBy: string;
  readonly shares: Set<string>;
}

/** A minimal model of the rules of a group's files. The first user owns the group and stays. */
class FileModel {
  readonly files = new Map<string, ModelFile>();

  share({ user, device, name, content }: Step): string {
    const file = this.files.get(name.toLowerCase()) ?? { name, content, sharedBy: user, shares: new Set<string>() };
    if (file.content !== content) return 'NAME_TAKEN';
    this.files.set(name.toLowerCase(), file);
    file.shares.add(`${user} ${device}`);
    return `ok ${file.name} ${file.sharedBy}`;
  }

  stop({ user, device, name }: Step): string {
    const file = this.files.get(name.toLowerCase());
    if (!file) return 'FILE_NOT_FOUND';
    const share = `${user} ${device}`;
    if (!file.shares.delete(share)) return 'NOT_SHARED';
    if (file.shares.size === 0) this.files.delete(name.toLowerCase());
    const still = [...this.files.values()].some((one) => one.content === file.content && one.shares.has(share));
    return `ok gone=${file.shares.size === 0} still=${still}`;
  }

  leave(user: string): string {
    const gone: string[] = [];
    for (const [key, file] of this.files) {
      for (const device of DEVICES) file.shares.delete(`${user} ${device}`);
      if (file.shares.size === 0 && this.files.delete(key)) gone.push(file.name);
    }
    return `ok ${gone.sort().join()}`;
  }

  /** The names that a device shares, sorted by key. */
  sharedFrom(share: string): string[] {
    const shared = [...this.files].filter(([, { shares }]) => shares.has(share));
    return shared.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, { name }]) => name);
  }

  get list(): string[] {
    return [...this.files.values()].map((file) => `${file.name} ${file.content} ${file.sharedBy}`).sort();
  }
}

/** The requirements of shared files for every store, in any order of requests. */
export function describeSharing(name: string, place: () => Promise<StorePlace>, effort = 1): void {
  describe(`sharing in the store in ${name}`, () => {
    let here: StorePlace;
    let store: Store;

    beforeEach(async () => {
      here = await place();
      store = await here.open();
      for (const userId of USERS) await store.createUser({ userId, passwordHash: 'hash', nowMs: 1 });
      await store.createGroup('the first', 'u0', 1); // who is in no group may put no manifest
    });
    afterEach(async () => {
      await store.close();
      await here.remove();
    });

    async function putManifest(seed: number): Promise<string> {
      const made = madeManifest(seed);
      await store.putManifest({ manifestId: made.manifestId, ...made.manifest, userId: 'u0', nowMs: 1000 });
      return made.manifestId;
    }

    async function shareOne({
      fileName,
      manifestId,
      ...about
    }: Omit<NewShares, 'files'> & NewShare): Promise<StoredFile> {
      const [file] = await store.shareFiles({ ...about, files: [{ fileName, manifestId }] });
      if (!file || 'code' in file) throw file ?? new Error('nothing');
      return file.file;
    }

    async function join(groupId: string, userId: string): Promise<void> {
      await store.requestToJoin(groupId, userId, 2);
      await store.decideRequest(groupId, 'u0', userId, true, 3);
    }

    async function take(groupId: string, taken: Step, contents: readonly string[]): Promise<string> {
      const { user: userId, device: deviceId, name: fileName } = taken;
      const manifestId = contents[taken.content] ?? '';
      try {
        if (taken.kind === 'share') {
          const file = await shareOne({ groupId, userId, deviceId, fileName, manifestId, nowMs: 4 });
          return `ok ${file.fileName} ${file.sharedBy}`;
        }
        if (taken.kind === 'stop') {
          const stopped = await stopShare(store, { groupId, userId, deviceId, fileName });
          return `ok gone=${stopped.fileGone} still=${stopped.withdrawn === undefined}`;
        }
        const departure = await store.removeMember(groupId, 'u0', 'u1');
        assert.ok(departure.kind === 'left');
        await join(groupId, 'u1');
        return `ok ${departure.stopped
          .map((file) => file.fileName)
          .sort()
          .join()}`;
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : String(error);
      }
    }

    it('keeps its rules whatever is shared, stopped and left in any order', async () => {
      const contents = [await putManifest(1), await putManifest(2)];
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const groupId = `group ${round++}`;
          await store.createGroup(groupId, 'u0', 1);
          await join(groupId, 'u1');
          const model = new FileModel();
          for (const taken of steps) {
            if (taken.kind === 'reopen') {
              await store.close();
              store = await here.open();
            } else {
              const expected =
                taken.kind === 'share'
                  ? model.share(taken)
                  : taken.kind === 'stop'
                    ? model.stop(taken)
                    : model.leave('u1');
              assert.equal(await take(groupId, taken, contents), expected, JSON.stringify(taken));
            }
            const listed = (await store.listFiles(groupId, 'u1', ALL)).map(
              (file) => `${file.fileName} ${contents.indexOf(file.manifestId)} ${file.sharedBy}`,
            );
            assert.deepEqual(listed.sort(), model.list);
            for (const userId of USERS)
              for (const deviceId of DEVICES) {
                const own = model.sharedFrom(`${userId} ${deviceId}`);
                const sharer = { groupId, userId, deviceId };
                assert.deepEqual(await store.listShares(sharer, ALL), own);
                const keys = own.map((one) => one.toLowerCase());
                assert.deepEqual(
                  await store.listShareKeys(sharer, { after: 'data', limit: 1 }),
                  keys.slice(-1).filter((key) => key > 'data'),
                );
                assert.deepEqual(
                  await store.listShares(sharer, { after: 'DATA', limit: 1 }),
                  own.filter((one) => one === 'other'),
                );
                assert.deepEqual(await store.listShareKeys(sharer, { limit: 1 }), keys.slice(0, 1));
              }
          }
        }),
        { numRuns: runs(40, effort) },
      );
    });

    it('shares many in one step as one after the other', async () => {
      const paths = ['a', 'A', 'a/b', 'a/b/c', 'a/B/d', 'a0', 'e/a', 'e'];
      const kept = [await putManifest(1), await putManifest(2)];
      const inline = [3, 4].map(madeManifest);
      const unknown = 'cc'.repeat(32);
      const content = fc.constantFrom<Omit<NewShare, 'fileName'>>(
        ...kept.map((manifestId) => ({ manifestId })),
        ...inline,
        { manifestId: unknown },
      );
      const shares = fc.array(
        fc.tuple(fc.constantFrom(...paths), content).map(([fileName, about]): NewShare => ({ fileName, ...about })),
        { maxLength: 12 },
      );
      let round = 0;
      await fc.assert(
        fc.asyncProperty(shares, shares, async (before, files) => {
          const outcomes: string[][] = [];
          for (const atOnce of [Infinity, 1]) {
            const about = { groupId: `batch ${round++}`, deviceId: DEVICES[0] ?? '', nowMs: 5 };
            await store.createGroup(about.groupId, 'u0', 1);
            await join(about.groupId, 'u1');
            await store.shareFiles({ ...about, userId: 'u1', files: before });
            const results: (StoredFile | ShoalError)[] = [];
            for (let at = 0; at < files.length; at += atOnce)
              for (const one of await store.shareFiles({
                ...about,
                userId: 'u0',
                files: files.slice(at, at + atOnce),
              }))
                results.push('code' in one ? one : one.file);
            const listed = await store.listFiles(about.groupId, 'u0', ALL);
            outcomes.push([...results, ...listed].map((one) => ('code' in one ? one.code : summary(one))));
            await store.removeMember(about.groupId, 'u0', 'u1');
            await store.leaveGroup(about.groupId, 'u0');
            await store.sweep(1_000_000, 0);
            for (const id of [1, 2]) await putManifest(id);
          }
          assert.deepEqual(outcomes[0], outcomes[1]);
        }),
        { numRuns: runs(60, effort) },
      );
    });

    it('removes the files of a dissolved group, and keeps a manifest that is uploaded again', async () => {
      const manifestId = await putManifest(1);
      await store.createGroup('lab', 'u0', 1);
      const share = { groupId: 'lab', userId: 'u0', deviceId: DEVICES[0] ?? '', fileName: 'a', manifestId, nowMs: 1 };
      await shareOne(share);
      assert.equal((await store.leaveGroup('lab', 'u0')).kind, 'dissolved');
      assert.deepEqual(await store.counts(), { users: 2, groups: 1, files: 0, versions: 0 });
      assert.equal(await store.readManifest(manifestId, 'u0'), undefined);
      const bytes = new Uint8Array(1);
      await store.putManifest({ manifestId, sizeBytes: 5, bytes, userId: 'u0', nowMs: 5000 });
      await store.sweep(5000, 5000);
      await store.createGroup('lab', 'u1', 100_000);
      assert.deepEqual(await store.listFiles('lab', 'u1', ALL), []);
      await shareOne({ ...share, userId: 'u1' });
      const kept = await store.readManifest(manifestId, 'u1');
      assert.notEqual(kept?.length, bytes.length, 'the first one stays as it is');
    });

    it('shows a manifest to the members of every group that has it, and of no other', async () => {
      const manifestId = await putManifest(1);
      for (const [groupId, userId] of [
        ['one', 'u0'],
        ['two', 'u1'],
      ] as const) {
        await store.createGroup(groupId, userId, 1);
      }
      const share = { deviceId: DEVICES[0] ?? '', fileName: 'a', manifestId, nowMs: 1 };
      await shareOne({ ...share, groupId: 'one', userId: 'u0' });
      assert.equal(await store.readManifest(manifestId, 'u1'), undefined);
      await shareOne({ ...share, groupId: 'two', userId: 'u1' });
      assert.ok(await store.readManifest(manifestId, 'u1'));
      await stopShare(store, { ...share, groupId: 'one', userId: 'u0' });
      assert.equal(await store.readManifest(manifestId, 'u0'), undefined);
      assert.ok(await store.readManifest(manifestId, 'u1'));
    });
  });
}

function summary({ fileName, manifestId, sizeBytes, sharedBy }: StoredFile): string {
  return `${fileName} ${manifestId.slice(0, 4)} ${sizeBytes} ${sharedBy}`;
}
