import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  fileTooltip,
  groupTooltip,
  presentFile,
  presentGroup,
  presentRequest,
  type Row,
} from '../../../../extension/model/presenters/present-groups.js';
import type { ShareStateName } from '../../../../sdk/index.js';
import { names } from '../drawn.js';
import { download, file, group, STATES, share } from '../records.js';

const NOTHING = { share: undefined, download: undefined, userId: 'me' };

function assertSpoken(row: Row): void {
  assert.ok(row.spoken.includes(row.label), row.spoken);
  for (const part of row.description.split(' · ')) assert.ok(row.spoken.includes(part), row.spoken);
}

describe('a group in the tree', () => {
  it("shows the user's role, the other members, and the join requests", () => {
    assert.equal(presentGroup(group('lab'), 0).description, 'member · 2 members');
    const owned = presentGroup(group('lab', { standing: 'owner', members: 1 }), 1);
    assert.equal(owned.description, 'owner · 1 member · 1 request');
    assert.equal(owned.spoken, 'Group lab, owner · 1 member · 1 request');
    assert.match(presentGroup(group('lab', { standing: 'requested' }), 0).description, /^request sent to ann · /);
    assert.match(presentGroup(group('lab', { standing: 'none' }), 0).description, /^owned by ann · /);
    assert.match(presentGroup(group('lab', { standing: 'owner' }), 3).description, / · 3 requests$/);
  });

  it('has a full text, a token and an icon, in every standing', () => {
    for (const standing of ['owner', 'member', 'requested', 'none'] as const) {
      fc.assert(
        fc.property(names, names, fc.nat(5), fc.nat(5), (groupId, ownerId, members, pending) => {
          const row = presentGroup(group(groupId, { standing, ownerId, members }), pending);
          assertSpoken(row);
          assert.equal(row.contextValue, `group:${standing}`);
          assert.ok(row.icon);
        }),
        { numRuns: 20 },
      );
    }
  });

  it('shows its owner, escaped', () => {
    assert.equal(groupTooltip(group('a_b', { ownerId: 'x.y' })), '**a\\_b**\n\nOwned by x\\.y');
  });
});

describe('a join request in the tree', () => {
  it('shows the user and the group', () => {
    const row = presentRequest('bob', 'lab');
    assertSpoken(row);
    assert.equal(row.spoken, 'bob asks to join lab');
    assert.equal(row.contextValue, 'request');
  });
});

describe('a file in the tree', () => {
  it('of others shows its size and its number of sources', () => {
    assert.equal(presentFile(file('a.bin'), NOTHING).description, '2 KiB · 1 source online');
    assert.equal(presentFile(file('a.bin'), NOTHING).contextValue, 'file:remote:online');
    const gone = presentFile(file('a.bin', { completeSources: 0 }), NOTHING);
    assert.equal(gone.description, '2 KiB · 0 sources online');
    assert.equal(gone.contextValue, 'file:remote:offline');
  });

  it('shows that it is new, and its version if it has several', () => {
    const fourth = file('a.bin', { version: 4, publishedBy: 'bob', publishedAtMs: 0 });
    const row = presentFile(fourth, { ...NOTHING, isNew: true }, 7_200_000);
    assert.equal(row.description, 'new · v4 · bob · 2 h · 2 KiB · 1 source online');
    assertSpoken(row);
    assert.match(presentGroup(group('lab'), 0, 3).description, /^3 new · member · /);
  });

  it('has tokens for what differs from the group, and for what may be removed', () => {
    const tokenOf = (more: object, sharedBy = 'ann') =>
      presentFile(file('a.bin', { sharedBy }), { ...NOTHING, ...more }).contextValue;
    for (const name of ['edited', 'behind'] as const)
      assert.equal(tokenOf({ share: share({ state: { name, sinceMs: 0 } }) }), `file:downloaded:online:${name}`);
    assert.equal(tokenOf({ ownsGroup: true }), 'file:remote:online:ours');
    assert.equal(tokenOf({}, 'me'), 'file:remote:online:ours');
  });

  it('shows that this computer shares or has it', () => {
    const mine = presentFile(file('a.bin', { sharedBy: 'me' }), { ...NOTHING, share: share() });
    assert.match(mine.description, /^shared by me · /);
    assert.equal(mine.contextValue, 'file:shared:online:ours');
    for (const done of [undefined, download({ state: 'complete' })]) {
      const had = presentFile(file('a.bin'), { ...NOTHING, share: share(), download: done });
      assert.match(had.description, /^downloaded · /);
      assert.equal(had.contextValue, 'file:downloaded:online');
    }
  });

  it('is not shown as downloaded during its download, although its pieces are shared', () => {
    const half = presentFile(file('a.bin'), { ...NOTHING, share: share(), download: download() });
    assert.match(half.description, /^downloading 50 % · /);
  });

  it('shows what is wrong with it as a share of this computer, and why', () => {
    const states = { verifying: 'being verified', edited: 'edited since it was shared', missing: 'file is missing' };
    const others = { unreadable: 'not readable for now', behind: 'newer version in the group' };
    for (const [name, words] of Object.entries({ ...states, ...others })) {
      const mine = share({ state: { name: name as ShareStateName, sinceMs: 0, why: 'So *it* is.' } });
      const row = presentFile(file('a.bin', { sharedBy: 'me' }), { ...NOTHING, share: mine });
      assertSpoken(row);
      assert.match(row.description, new RegExp(`^shared by me · ${words} · `));
      assert.equal(row.icon === undefined, name === 'verifying');
      const tooltip = fileTooltip(file('a.bin'), { ...NOTHING, share: mine }, 'en');
      assert.match(tooltip, /Note: So \\\*it\\\* is\\\./);
    }
    assert.equal(presentFile(file('a.bin'), { ...NOTHING, share: share() }).icon, undefined);
  });

  it('can be downloaded again when the copy on this computer is missing', () => {
    const missing = share({ state: { name: 'missing', sinceMs: 0, why: 'It is gone.' } });
    for (const done of [undefined, download({ state: 'complete' })]) {
      const row = presentFile(file('a.bin'), { ...NOTHING, share: missing, download: done });
      assert.equal(row.description, 'file is missing · 2 KiB · 1 source online');
      assert.equal(row.contextValue, 'file:remote:online');
    }
    const own = presentFile(file('a.bin', { sharedBy: 'me' }), { ...NOTHING, share: missing });
    assert.equal(own.contextValue, 'file:shared:online:ours');
  });

  it('has a token for every state of its download', () => {
    const tokens = STATES.map((state) => {
      const row = presentFile(file('a.bin'), { ...NOTHING, download: download({ state }) });
      assertSpoken(row);
      return [state, row.contextValue.split(':')[1]];
    });
    assert.deepEqual(Object.fromEntries(tokens), {
      ...{
        queued: 'downloading',
        starting: 'downloading',
        downloading: 'downloading',
        waiting: 'downloading',
        verifying: 'downloading',
      },
      ...{ paused: 'paused', complete: 'remote', failed: 'failed', cancelled: 'remote' },
    });
  });

  it('is never at 100 % before it is complete', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STATES),
        fc.integer({ min: 1, max: 1024 ** 4 }),
        fc.nat(1024),
        (state, sizeBytes, missing) => {
          const half = download({ state, sizeBytes, doneBytes: Math.max(0, sizeBytes - 1 - missing) });
          assert.doesNotMatch(presentFile(file('a'), { ...NOTHING, download: half }).description, /100 %/);
        },
      ),
    );
  });

  it('shows all of its details, escaped', () => {
    const result = { manifestId: 'a1'.repeat(32), fileDigest: 'd1'.repeat(32) };
    const situation = { share: share({ path: '/tmp/[x](y)\nz' }), download: download({ result }), userId: 'me' };
    const tooltip = fileTooltip(file('*a*.bin', { sharedBy: 'b_b' }), situation, 'en');
    const lines = tooltip.split('\n\n');
    assert.equal(lines[0], '**\\*a\\*\\.bin**');
    assert.match(lines[1] ?? '', /^2 KiB, shared by b\\_b on /);
    assert.equal(lines[2], '1 online with all of it, 2 with some or all');
    assert.equal(lines[3], 'On this computer: /tmp/\\[x\\]\\(y\\) z');
    assert.equal(lines[4], `File digest: \`${result.fileDigest}\``);
    assert.equal(lines[5], `Content (SHA-256 of its manifest): \`${'a1'.repeat(32)}\``);
    assert.equal(lines.length, 6);
    assert.equal(fileTooltip(file('a'), NOTHING, 'de').split('\n\n').length, 4);
  });
});
