import assert from 'node:assert/strict';
import { ShoalError, type Upload } from '../../../../sdk/index.js';
import { answersTo } from '../answers.js';
import { fakeClient, file } from '../fake-client.js';

const share = (groupId: string, fileName: string) => ({
  ...{ groupId, fileName, path: `/home/${fileName}`, manifestId: 'ab', sizeBytes: 1024 },
  state: { name: 'available' as const, sinceMs: 0 },
});

/** The outcome of sharing a folder, except for what was skipped. */
const SHARED = { folder: 'x', files: 1, bytes: 5, added: 3, changed: 2, removed: 1, unchanged: 0 };

describe('commands about what is shared', () => {
  const mine = [
    share('lab', 'notes'),
    share('Lab', 'photos/a'),
    share('Lab', 'Photos/old/b'),
    share('club', 'photos/c'),
  ];

  /** A client with these shares, and what it was told to stop. */
  function sharing() {
    const stopped: string[] = [];
    const client = fakeClient({
      shares: () => mine,
      stopShare: (groupId, fileName) => {
        stopped.push(`${groupId}: ${fileName}`);
        return Promise.resolve();
      },
      stopFolder: (groupId, folder) => {
        stopped.push(`${groupId}: all in ${folder}`);
        return Promise.resolve();
      },
    });
    return { client, stopped };
  }

  it('list them, of all groups or of one, however that is written', async () => {
    const { client } = sharing();
    const [count, first, ...others] = await answersTo(client, 'list_shares');
    assert.deepEqual([count, first, others.length], ['4 shares', '1 KiB\t/home/notes\t[lab] notes', 3]);
    assert.deepEqual(await answersTo(client, 'list_shares CLUB'), [
      '1 share',
      '1 KiB\t/home/photos/c\t[club] photos/c',
    ]);
    assert.deepEqual(await answersTo(client, 'list_shares none'), ['0 shares']);
  });

  it('list the shared folders first, with what is in them', async () => {
    const folder = { groupId: 'lab', folder: 'photos', path: '/home/photos', watch: false };
    const problem = new ShoalError('PATH_NOT_FOUND', 'The folder is gone.');
    const folders = [folder, { ...folder, groupId: 'club', watch: true, problem }, { ...folder, folder: 'photo' }];
    const client = fakeClient({ shares: () => mine, sharedFolders: () => folders });
    const [count, ...entries] = await answersTo(client, 'list_shares');
    assert.equal(count, '7 shares');
    assert.deepEqual(entries.slice(0, 4), [
      '2 KiB\t/home/photos\t[lab] photos/\tfolder of 2 files',
      '1 KiB\t/home/photos\t[club] photos/\twatched folder of 1 file\tThe folder is gone.',
      '0 bytes\t/home/photos\t[lab] photo/\tfolder of 0 files',
      '1 KiB\t/home/notes\t[lab] notes',
    ]);
    const [inClub] = await answersTo(client, 'list_shares club');
    assert.equal(inClub, '2 shares');
  });

  it('say where changes in a watched folder are noticed late, and why', async () => {
    const polling = { reason: 'network-disk', folders: 1, everyMs: 30_000, why: 'It is on a network disk.' } as const;
    const folder = { groupId: 'Lab', folder: 'X', path: '/home/x', watch: true, polling };
    const shareFolder = () => Promise.resolve({ ...SHARED, skipped: [] });
    const client = fakeClient({ shareFolder, shares: () => [], sharedFolders: () => [folder] });
    const [upload, count, entry] = await answersTo(client, 'upload_folder x lab --watch', 'list_shares');
    assert.ok(upload?.endsWith('1 removed; watched in part: It is on a network disk.'), upload);
    assert.equal(count, '1 share');
    assert.equal(entry, '0 bytes\t/home/x\t[Lab] X/\twatched folder of 0 files\tIt is on a network disk.');
  });

  it('list what is wrong with them', async () => {
    const state = { name: 'missing', sinceMs: 0, why: 'Its disk is not connected.' } as const;
    const client = fakeClient({ shares: () => [{ ...share('lab', 'notes'), state }] });
    const [, entry] = await answersTo(client, 'list_shares');
    assert.equal(entry, '1 KiB\t/home/notes\t[lab] notes\tmissing\tIts disk is not connected.');
  });

  it('list files with older versions under their names, with what is wrong', async () => {
    const why = 'It was moved.';
    const older = [
      { version: 1, path: '/home/old', sizeBytes: 5, state: { name: 'missing', sinceMs: 0, why } },
      { version: 2, path: '/home/mid', sizeBytes: 6, state: { name: 'available', sinceMs: 0 } },
    ] as const;
    const client = fakeClient({ shares: () => [{ ...share('lab', 'notes'), older }] });
    const [, , ...entries] = await answersTo(client, 'list_shares');
    assert.deepEqual(entries, [
      '5 bytes\t/home/old\t[lab] notes@1\tmissing\tIt was moved.',
      '6 bytes\t/home/mid\t[lab] notes@2',
    ]);
  });

  it('stop a file, or a folder with all in it', async () => {
    const { client, stopped } = sharing();
    const lines = [
      'stop_share LAB Notes',
      'stop_share lab photos',
      'stop_share lab PHOTOS/Old/',
      'stop_share lab photo',
    ];
    assert.deepEqual(await answersTo(client, ...lines, 'stop_share lab photo/'), [
      'stopped sharing Notes in LAB',
      'stopped sharing folder photos (2 files) in lab',
      'stopped sharing folder PHOTOS/Old (1 file) in lab',
      'stopped sharing photo in lab',
      'error NOT_SHARED: You share nothing in folder photo of lab: list_shares lists your shares.',
    ]);
    assert.deepEqual(stopped, ['LAB: Notes', 'lab: all in photos', 'lab: all in PHOTOS/Old', 'lab: photo']);
  });

  it('list a folder of a group', async () => {
    const asked: unknown[] = [];
    const client = fakeClient({
      listFiles: (groupId, { folder } = {}) => {
        asked.push([groupId, folder]);
        return Promise.resolve([file('photos/a', 1)]);
      },
    });
    await answersTo(client, 'list_files lab', 'list_files lab photos/', 'list_files lab photos/old');
    assert.deepEqual(asked, [
      ['lab', undefined],
      ['lab', 'photos'],
      ['lab', 'photos/old'],
    ]);
  });

  it('show all that a folder was shared without', async () => {
    const skipped = Array.from({ length: 30 }, (_, index) => ({ path: `/home/x/${index}`, why: 'a link' }));
    const shared = { ...SHARED, skipped };
    const client = fakeClient({ shareFolder: () => Promise.resolve(shared) });
    const [before, upload, after, ...all] = await answersTo(
      client,
      'show_skipped',
      'upload_folder x lab',
      'show_skipped',
    );
    assert.equal(before, 'no folder was shared since the start');
    assert.match(upload ?? '', /; 30 skipped: .*, and 27 more; show_skipped lists all$/);
    assert.equal(after, '30 files skipped of folder x');
    assert.deepEqual(
      all,
      skipped.map(({ path, why }) => `${path}\t${why}`),
    );
  });

  it('list what a folder was shared without at once, if asked', async () => {
    const skipped = Array.from({ length: 5 }, (_, index) => ({ path: `/home/x/${index}`, why: 'a link' }));
    const client = fakeClient({ shareFolder: () => Promise.resolve({ ...SHARED, skipped }) });
    const [line, ...listed] = await answersTo(client, 'upload_folder x lab --list-skipped');
    assert.equal(line, 'shared folder x (1 file, 5 bytes) in lab: 3 new, 2 changed, 1 removed; 5 skipped');
    assert.deepEqual(
      listed,
      skipped.map(({ path, why }) => `${path}\t${why}`),
    );
  });

  it('name both of all names that cannot stand beside one another, up to ten', async () => {
    const clash = (index: number) => ({ path: `/x/a${index}`, why: `counts as that of A${index}`, besidePlace: 'A' });
    for (const [count, more] of [
      [5, '/x/a4 (counts as that of A4), and 4 more; show_skipped lists all'],
      [12, '/x/a9 (counts as that of A9), and 6 more; show_skipped lists all'],
    ] as const) {
      const links = Array.from({ length: 4 }, (_, index) => ({ path: `/x/${index}`, why: 'a link' }));
      const skipped = [...links, ...Array.from({ length: count }, (_, index) => clash(index))];
      const client = fakeClient({ shareFolder: () => Promise.resolve({ ...SHARED, skipped }) });
      const [line] = await answersTo(client, 'upload_folder x lab');
      assert.ok(line?.endsWith(more), line);
    }
  });

  it('show what others fetch', async () => {
    const upload: Upload = {
      ...{ groupId: 'lab', fileName: 'a', manifestId: 'ab', sizeBytes: 2000, userId: 'bob', deviceId: 'cd' },
      ...{ bytes: 500, bytesPerSecond: 250_000 },
    };
    const client = fakeClient({ uploads: () => [upload, { ...upload, bytes: 3000, userId: 'cem' }] });
    assert.deepEqual(await answersTo(client, 'show_uploads'), [
      '2 uploads',
      '25% of 1.95 KiB\t0.25 MB/s\tto bob\t[lab] a',
      '100% of 1.95 KiB\t0.25 MB/s\tto cem\t[lab] a',
    ]);
  });
});
