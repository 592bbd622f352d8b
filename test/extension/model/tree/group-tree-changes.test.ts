import assert from 'node:assert/strict';
import type { Group } from '@shoal/sdk';
import fc from 'fast-check';
import { GroupTree } from '../../../../extension/model/tree/group-tree.js';
import type { TreeNode } from '../../../../extension/model/tree/tree-nodes.js';
import { file, group } from '../records.js';
import { idsOf, Listing, namesIn, setUp } from '../scripted-listing.js';

describe('changes of the tree of groups', () => {
  it('names the group whose files changed, and only that', async () => {
    const { tree, listing, said } = await setUp([group('x'), group('y')], { x: [file('a')], y: [file('a')] });
    listing.files.set('y', [file('a'), file('b')]);
    await tree.onFilesChanged('y');
    listing.files.set('y', [file('c'), file('b')]);
    await tree.refresh();
    assert.deepEqual(said, ['group/y', 'group/y']);
    assert.deepEqual(await namesIn(tree, 'y'), ['file/y/b', 'file/y/c']);
  });

  it('names the file whose row changed, and only that', async () => {
    const { tree, listing, said } = await setUp([group('x')], { x: [file('a'), file('b')] });
    listing.files.set('x', [file('b'), file('a', { sharersOnline: 7 })]);
    await tree.onFilesChanged('x');
    tree.touchFile('x', 'b');
    tree.touchFile('x', 'no such file');
    tree.touchFile('no such group', 'a');
    assert.deepEqual(said, ['file/x/a', 'file/x/b']);
  });

  it('names the group whose own row changed', async () => {
    const { tree, listing, said } = await setUp([group('x'), group('y')]);
    listing.groups = [group('x', { members: 3 }), group('y')];
    await tree.refresh();
    listing.groups = [group('x', { members: 3 }), group('y', { ownerId: 'bob' })];
    await tree.refresh();
    assert.deepEqual(said, ['group/x', 'group/y']);
    assert.equal(tree.group('y')?.ownerId, 'bob');
  });

  it('names no node when a group came, went, or changed its standing', async () => {
    const { tree, listing, said } = await setUp([group('x')]);
    for (const groups of [[group('x'), group('y')], [group('y')], [group('y', { standing: 'none' })], [group('z')]]) {
      listing.groups = groups;
      await tree.refresh();
    }
    assert.deepEqual(said, ['all', 'all', 'all', 'all']);
  });

  it('asks for files only if they were looked at, and not for those of a lost group', async () => {
    const { tree, listing } = await setUp([group('x')]);
    listing.groups = [group('x'), group('y')];
    await tree.refresh();
    await tree.onFilesChanged('y');
    assert.deepEqual(listing.asked, ['groups', 'files x']);
    listing.groups = [group('x', { standing: 'none' })];
    await tree.refresh();
    await tree.onFilesChanged('x');
    assert.deepEqual(listing.asked, ['groups', 'files x', 'groups']);
    assert.equal(tree.file('x', 'a'), undefined);
  });

  it('counts join requests', async () => {
    const mine = [group('x', { standing: 'owner' }), group('y', { standing: 'owner' })];
    const { tree, listing, said } = await setUp(mine);
    listing.requests.set('x', ['ann', 'bob']).set('y', ['cat']);
    await tree.refresh();
    assert.equal(tree.pending, 3);
    assert.equal(tree.pendingIn('x'), 2);
    listing.requests.set('x', ['bob']);
    await tree.onJoinRequested({ groupId: 'x', userId: 'bob', requestedAtMs: 0 });
    listing.groups = mine.slice(1);
    await tree.refresh();
    assert.equal(tree.pending, 1);
    assert.deepEqual(
      said.filter((one) => typeof one === 'number'),
      [2, 3, 2, 1],
    );
  });

  it('has no join requests any more in a group with a new owner', async () => {
    const { tree, listing, said } = await setUp([group('x', { standing: 'owner' })]);
    listing.requests.set('x', ['bob']);
    await tree.refresh();
    listing.groups = [group('x', { standing: 'member' })];
    await tree.refresh();
    assert.equal(tree.pending, 0);
    assert.equal(said.at(-1), 0);
    assert.deepEqual(await namesIn(tree, 'x'), []);
  });

  it('asks once for simultaneous callers', async () => {
    const { tree, listing } = await setUp([group('x')]);
    const open = listing.shut();
    const refreshes = [tree.refresh()];
    open();
    refreshes.push(tree.refresh(), tree.refresh(), tree.refresh());
    await Promise.all(refreshes);
    assert.ok(listing.asked.filter((one) => one === 'groups').length <= 2); // the one under way, and one after it
    await tree.refresh();
    assert.equal(listing.asked.at(-2), 'groups');
  });

  it('shows in the end what changed during a request', async () => {
    const { tree, listing } = await setUp([group('x', { standing: 'requested' })]);
    const open = listing.shut();
    const first = tree.refresh();
    listing.groups = [group('x')];
    const second = tree.refresh();
    open();
    await Promise.all([first, second]);
    assert.equal(tree.group('x')?.standing, 'member');
  });

  it('shows join requests that come while the earlier ones are listed, whichever answer is late', async () => {
    const { tree, listing } = await setUp([group('x', { standing: 'owner' })]);
    const open = listing.shut();
    const listed = tree.refresh();
    listing.requests.set('x', ['bob']);
    const came = tree.onJoinRequested({ groupId: 'x', userId: 'bob', requestedAtMs: 0 });
    open();
    await Promise.all([listed, came]);
    assert.deepEqual(await namesIn(tree, 'x'), ['request/x/bob']);
  });

  it('keeps the newest join requests although the answer with the earlier ones comes last', async () => {
    const { tree, listing } = await setUp([group('x', { standing: 'owner' })]);
    const event = (userId: string) => ({ groupId: 'x', userId, requestedAtMs: 0 });
    const open = listing.shut();
    const first = tree.onJoinRequested(event('ann'));
    await Promise.resolve();
    listing.pass(); // the following answers are not delayed
    listing.requests.set('x', ['ann', 'bob']);
    const second = tree.onJoinRequested(event('bob'));
    await new Promise((resolve) => setImmediate(resolve));
    open();
    await Promise.all([first, second]);
    assert.equal(tree.pendingIn('x'), 2);
  });

  it('reports a failure, and keeps the last known state', async () => {
    const { tree, listing, said } = await setUp([group('x', { standing: 'owner' })], { x: [file('a')] });
    listing.requests.set('x', ['bob']);
    await tree.refresh();
    said.length = 0;
    listing.groups = [];
    listing.failing = 'DISCONNECTED';
    await tree.refresh();
    listing.failing = 'TIMEOUT';
    await tree.onFilesChanged('x');
    listing.failing = 'NOT_THE_OWNER';
    await tree.onJoinRequested({ groupId: 'x', userId: 'bob', requestedAtMs: 0 });
    assert.deepEqual(said, ['DISCONNECTED', 'TIMEOUT', 'NOT_THE_OWNER']);
    assert.equal(tree.isLoaded, true);
    assert.deepEqual(await namesIn(tree, 'x'), ['request/x/bob', 'file/x/a']);
    await tree.refresh(); // and it continues
    assert.deepEqual(tree.roots(), []);
  });

  it('asks again for files after a failure', async () => {
    const listing = new Listing();
    listing.groups = [group('x')];
    listing.files.set('x', [file('a')]);
    const tree = new GroupTree(listing);
    await tree.refresh();
    listing.failing = 'TIMEOUT';
    assert.deepEqual(await namesIn(tree, 'x'), []);
    assert.deepEqual(await namesIn(tree, 'x'), ['file/x/a']);
  });

  it('forgets everything', async () => {
    const { tree, listing, said } = await setUp([group('x', { standing: 'owner' })], { x: [file('a')] });
    listing.requests.set('x', ['bob']);
    await tree.refresh();
    said.length = 0;
    tree.clear();
    assert.deepEqual(said, ['all', 0]);
    assert.equal(tree.isLoaded, false);
    assert.deepEqual([tree.roots(), tree.groups(), tree.pending, tree.file('x', 'a')], [[], [], 0, undefined]);
  });

  it('drops answers to requests from before it forgot', async () => {
    const { tree, listing, said } = await setUp([group('x', { standing: 'owner' })], { x: [file('a')] });
    listing.requests.set('x', ['bob']);
    const open = listing.shut();
    const before = [tree.refresh(), tree.onFilesChanged('x')];
    tree.clear();
    said.length = 0;
    listing.groups = [group('y')];
    const after = tree.refresh(); // another user's
    open();
    await Promise.all([...before, after]);
    assert.deepEqual(idsOf(tree.roots()), ['group/y']);
    assert.equal(tree.file('x', 'a'), undefined);
    assert.deepEqual(said, ['all']);
  });

  it('shows after updates what it would show after a refresh', async () => {
    const some = <T>(make: (name: string, count: number) => T) =>
      fc
        .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(2)), { selector: ([name]) => name })
        .map((all) => all.map(([name, count]) => make(name, count)));
    const standing = fc.constantFrom<Group['standing']>('owner', 'member', 'requested', 'none');
    const step = fc.record({
      groups: fc
        .tuple(
          some((groupId, members) => group(groupId, { members })),
          fc.array(standing, { minLength: 3, maxLength: 3 }),
        )
        .map(([groups, standings]) => groups.map((one, index) => ({ ...one, standing: standings[index] ?? 'none' }))),
      files: some((name, completeSources) => file(name, { completeSources })),
      requests: some((name) => name),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const listing = new Listing();
        const tree = new GroupTree(listing);
        let shown = new Map<string, string>();
        let roots: ReturnType<GroupTree['roots']> = [];
        let badge = 0;
        const changed = new Set<TreeNode | undefined>();
        tree.on('changed', (node) => changed.add(node));
        tree.on('requests', (count) => {
          badge = count;
        });
        for (const { groups, files, requests } of steps) {
          listing.groups = groups;
          for (const name of ['a', 'b', 'c']) {
            listing.files.set(name, files);
            listing.requests.set(name, requests);
          }
          changed.clear();
          await tree.refresh();
          // An editor asks again only for changed nodes; the node of a group includes its children.
          const isTold = (node: TreeNode) =>
            changed.has(undefined) ||
            changed.has(node) ||
            (node.kind !== 'others' && changed.has(tree.groupNode(node.groupId)));
          const now = new Map<string, string>();
          if (changed.has(undefined)) roots = tree.roots();
          for (const root of roots) {
            for (const node of [root, ...(await tree.children(root))]) {
              const row = JSON.stringify(
                node.kind === 'others'
                  ? tree.others().length
                  : node.kind === 'file'
                    ? tree.file(node.groupId, node.fileName)
                    : [tree.group(node.groupId), tree.pendingIn(node.groupId)],
              );
              now.set(node.id, isTold(node) ? row : (shown.get(node.id) ?? 'not told'));
              assert.equal(now.get(node.id), row, node.id);
            }
          }
          shown = now;
          assert.deepEqual(roots, tree.roots());
          assert.equal(badge, tree.pending);
          const wanted = groups.filter((one) => one.standing === 'owner').length * requests.length;
          assert.equal(tree.pending, wanted);
        }
      }),
    );
  });
});
