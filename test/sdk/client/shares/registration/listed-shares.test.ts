import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Library } from '../../../../../sdk/client/library/library.js';
import type { LibraryAccount } from '../../../../../sdk/client/library/library-account.js';
import type { LibraryShare } from '../../../../../sdk/client/library/records/library-schema.js';
import type { Session } from '../../../../../sdk/client/session/session.js';
import { ListedShares } from '../../../../../sdk/client/shares/registration/listed-shares.js';
import { NamesDigest, nameKey, ShoalError } from '../../../../../sdk/protocol/index.js';
import { share } from '../../library/library-support.js';

/** Names in one page of the small tracker's list. */
const PAGE = 2;

describe('what the tracker lists of this device', () => {
  let folder: string;
  let account: LibraryAccount;
  /** What the tracker lists, by group. */
  let listed: Map<string, string[]>;
  let calls: string[];
  let unlisted: string[];
  let announced: number;
  let logged: string[];
  /** Happens at a call, before its answer. */
  let meanwhile: (method: string) => void;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-listed-'));
    account = (await Library.open(folder)).account('t', 'u');
    [listed, calls, unlisted, announced, logged, meanwhile] = [new Map([['lab', []]]), [], [], 0, [], () => {}];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A small tracker. */
  async function call(method: string, params: { groupId: string; [name: string]: unknown }): Promise<unknown> {
    calls.push(method);
    meanwhile(method);
    const names = listed.get(params.groupId) ?? [];
    if (method === 'compareShares') {
      const groups = params.groups as { groupId: string; count: number; digest: string }[];
      const differ = groups.filter(({ groupId, count, digest }) => {
        const own = new NamesDigest();
        for (const name of listed.get(groupId) ?? []) own.addKey(nameKey(name));
        return own.count !== count || own.toString() !== digest;
      });
      return { differ: differ.map(({ groupId }) => groupId) };
    }
    if (method === 'listOwnShares') {
      const at = names.indexOf(String(params.after)) + 1;
      const fileNames = names.slice(at, at + PAGE);
      return { fileNames, next: at + PAGE < names.length ? fileNames.at(-1) : null };
    }
    assert.equal(method, 'stopShares');
    const ended = params.fileNames as string[];
    listed.set(
      params.groupId,
      names.filter((name) => !ended.includes(name)),
    );
    return { files: ended.map(() => ({})) };
  }

  async function compare(offersOwnShares = true): Promise<void> {
    const logger = {
      debug: (text: string) => logged.push(text),
      info: () => {},
      warn: (text: string) => logged.push(text),
    };
    const presence = { forgotten: () => {}, tell: async () => void announced++ };
    const session = { account, call, logger, presence, groups: [...listed.keys()], offersOwnShares };
    const context = {
      settled: async () => {},
      onUnlisted: (shares: readonly LibraryShare[]) => void unlisted.push(...shares.map(({ fileName }) => fileName)),
    };
    await new ListedShares(session as unknown as Session, context).compare();
  }

  it('is not asked of a tracker that does not tell it', async () => {
    await compare(false);
    assert.deepEqual(calls, []);
  });

  it('costs one call if the library has the same', async () => {
    account.putShares([share('Tree/a'), share('b'), share('new', { registered: false })]);
    listed.set('lab', ['b', 'tree/A']);
    await compare();
    assert.deepEqual(calls, ['compareShares']);
    assert.deepEqual([account.completeness.isComplete, logged], [true, []]);
  });

  it('is withdrawn if the library ended it, page by page, and the contents are announced again', async () => {
    await compare();
    account.putShares([share('b'), share('d'), share('ended', { ended: true })]);
    listed.set('lab', ['a', 'B', 'c', 'd', 'e', 'ended']);
    listed.set('other', ['x']);
    await compare();
    assert.deepEqual(
      [listed.get('lab'), listed.get('other')],
      [['B', 'd', 'ended'], []],
      'the end of a share that is not confirmed yet is told elsewhere',
    );
    assert.deepEqual([unlisted, announced], [[], 1]);
  });

  it('stays if the library never agreed with the tracker, because it may have lost shares', async () => {
    listed.set('lab', ['a', 'b']);
    await compare();
    assert.deepEqual([listed.get('lab'), account.completeness.isComplete], [['a', 'b'], false]);
    assert.match(logged.join(), /2 shares of this device that its library does not know/);
    account.putShares([share('a'), share('b')]); // shared again
    await compare();
    assert.ok(account.completeness.isComplete);
  });

  it('lacks what a restored tracker has forgotten, which is registered again', async () => {
    account.putShares([share('a'), share('b'), share('c', { registered: false })]);
    listed.set('lab', ['b']);
    await compare();
    assert.deepEqual(unlisted, ['a']);
  });

  it('is shared if it was shared again before it was withdrawn', async () => {
    await compare();
    listed.set('lab', ['a', 'b']);
    meanwhile = (method) => {
      if (method === 'listOwnShares') account.putShares([share('a')]);
      if (method === 'stopShares') account.putShares([share('b')]);
    };
    await compare();
    assert.deepEqual([listed.get('lab'), unlisted], [['a'], ['b']]);
  });

  it('is compared after the next connection if the tracker is lost', async () => {
    meanwhile = () => {
      throw new ShoalError('DISCONNECTED', 'The tracker is away.');
    };
    await compare();
    assert.match(logged.join(), /after the next connection: The tracker is away/);
    assert.ok(!account.completeness.isComplete);
  });
});
