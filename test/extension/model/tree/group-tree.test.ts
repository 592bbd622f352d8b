import assert from 'node:assert/strict';
import { GroupTree } from '../../../../extension/model/tree/group-tree.js';
import { OTHERS } from '../../../../extension/model/tree/tree-nodes.js';
import { file, group } from '../records.js';
import { idsOf, Listing, namesIn, setUp } from '../scripted-listing.js';

describe('the tree of groups', () => {
  it('is not loaded at first, then has the groups by standing and name', async () => {
    const listing = new Listing();
    listing.groups = [
      ...[group('z', { standing: 'none' }), group('b', { standing: 'requested' }), group('y')],
      ...[group('c', { standing: 'owner' }), group('a', { standing: 'none' })],
    ];
    const tree = new GroupTree(listing);
    assert.equal(tree.isLoaded, false);
    assert.deepEqual(tree.roots(), []);
    await tree.refresh();
    assert.equal(tree.isLoaded, true);
    assert.deepEqual(idsOf(tree.roots()), ['group/c', 'group/y', 'group/b', 'others']);
    assert.equal(tree.group('y')?.standing, 'member');
    assert.equal(tree.group('x'), undefined);
  });

  it('has the groups of others in one node, and no node if there are none', async () => {
    const [none, owner] = [{ standing: 'none' }, { standing: 'owner' }] as const;
    const { tree, listing, said } = await setUp([group('z', none), group('a', none), group('lab', owner)]);
    assert.deepEqual(idsOf(await tree.children(OTHERS)), ['group/a', 'group/z']);
    assert.equal(tree.parent(tree.groupNode('a')), OTHERS);
    assert.deepEqual([tree.parent(OTHERS), tree.parent(tree.groupNode('lab'))], [undefined, undefined]);
    assert.deepEqual(await tree.children(tree.groupNode('a')), []);
    listing.groups = [group('a', { standing: 'requested' }), group('z'), group('lab', owner)];
    await tree.refresh();
    assert.deepEqual([said[0], idsOf(tree.roots())], ['all', ['group/lab', 'group/z', 'group/a']]);
    assert.equal(tree.parent(tree.groupNode('a')), undefined);
  });

  it('shows join requests, then files by name, looked up once', async () => {
    const { tree, listing } = await setUp([group('lab', { standing: 'owner' })], { lab: [file('b'), file('a')] });
    listing.requests.set('lab', ['bob']);
    await tree.onJoinRequested({ groupId: 'lab', userId: 'bob', requestedAtMs: 0 });
    assert.deepEqual(await namesIn(tree, 'lab'), ['request/lab/bob', 'file/lab/a', 'file/lab/b']);
    assert.deepEqual(listing.asked, ['requests lab']);
    assert.equal(tree.file('lab', 'a')?.fileName, 'a');
    assert.equal(tree.parent(tree.fileNode('lab', 'a')), tree.groupNode('lab'));
    assert.equal(tree.parent(tree.groupNode('lab')), undefined);
  });

  it('shows paths as folders, which contain folders first, then files', async () => {
    const names = ['b/deep/er/x', 'b/2', 'b/10', 'a', 'c/only'];
    const { tree, listing } = await setUp([group('lab')], { lab: names.map((name) => file(name)) });
    assert.deepEqual(await namesIn(tree, 'lab'), ['folder/lab/b', 'folder/lab/c', 'file/lab/a']);
    const inside = await tree.children(tree.folderNode('lab', 'b'));
    assert.deepEqual(
      inside.map(({ id }) => id),
      ['folder/lab/b/deep', 'file/lab/b/2', 'file/lab/b/10'],
    );
    assert.deepEqual([tree.folder('lab', 'b')?.files, tree.folder('lab', 'b')?.bytes], [3, 3 * 2048]);
    assert.deepEqual(await tree.children(tree.folderNode('lab', 'none')), []);
    assert.equal(tree.parent(tree.fileNode('lab', 'b/deep/er/x')), tree.folderNode('lab', 'b/deep/er'));
    assert.equal(tree.parent(tree.folderNode('lab', 'b/deep')), tree.folderNode('lab', 'b'));
    assert.equal(tree.parent(tree.folderNode('lab', 'b')), tree.groupNode('lab'));
    assert.deepEqual(listing.asked, [], 'and asks nobody for it');
  });

  it('lists each shown row once, for files in folders with their folders', async () => {
    const { tree, said } = await setUp([group('lab')], { lab: [file('b/1'), file('b/2'), file('b/c/3')] });
    const changed = ['b/1', 'b/2', 'b/c/3'].map((fileName) => ({ groupId: 'lab', fileName }));
    tree.touchFiles(changed);
    assert.deepEqual(said.splice(0), ['folder/lab/b'], 'nobody has opened it');
    await tree.children(tree.folderNode('lab', 'b'));
    tree.touchFiles(changed);
    assert.deepEqual(said.splice(0).sort(), ['file/lab/b/1', 'file/lab/b/2', 'folder/lab/b', 'folder/lab/b/c']);
    tree.touchFolder('lab', 'b/c');
    tree.touchFolder('lab', 'no such folder');
    assert.deepEqual(said, ['folder/lab/b/c']);
  });

  it('asks at most twice, however many batches of files arrive at once', async () => {
    const { tree, listing } = await setUp([group('x')], { x: [file('a')] });
    const open = listing.shut();
    const first = tree.onFilesChanged('x');
    await Promise.resolve(); // the request has been sent by then
    const batches = Array.from({ length: 40 }, () => tree.onFilesChanged('x'));
    listing.files.set('x', [file('a'), file('z')]);
    open();
    await Promise.all([first, ...batches]);
    assert.deepEqual(listing.asked, ['files x', 'files x']);
    assert.deepEqual(await namesIn(tree, 'x'), ['file/x/a', 'file/x/z']);
  });

  it('has no content in groups that the user is not in, and does not ask', async () => {
    const { tree, listing } = await setUp([group('a', { standing: 'none' }), group('b', { standing: 'requested' })]);
    for (const groupId of ['a', 'b', 'c']) assert.deepEqual(await namesIn(tree, groupId), []);
    assert.deepEqual(listing.asked, []);
  });

  it('keeps its nodes', async () => {
    const { tree, listing } = await setUp([group('lab', { standing: 'owner' })], { lab: [file('a')] });
    listing.requests.set('lab', ['bob']);
    await tree.refresh();
    const [root] = tree.roots();
    assert.ok(root);
    const children = await tree.children(root);
    listing.files.set('lab', [file('b'), file('a', { completeSources: 5 })]);
    await tree.refresh();
    assert.equal(tree.roots()[0], root);
    const after = await tree.children(root);
    assert.equal(after[0], children[0]);
    assert.equal(after[1], children[1]);
    assert.equal(tree.fileNode('lab', 'a'), children[1]);
  });

  it('emits nothing when nothing changed', async () => {
    const { tree, said } = await setUp([group('lab', { standing: 'owner' })], { lab: [file('a')] });
    await tree.refresh();
    await tree.onFilesChanged('lab');
    await tree.onJoinRequested({ groupId: 'lab', userId: 'bob', requestedAtMs: 0 });
    assert.deepEqual(said, []);
  });
});
