import assert from 'node:assert/strict';
import {
  folderDownloadTooltip,
  folderTooltip,
  presentFolder,
  presentFolderDownload,
} from '../../../../extension/model/presenters/present-folders.js';
import { ShoalError } from '../../../../sdk/index.js';
import { FOLDER_STATES, folderDownload, source } from '../records.js';

const FIGURES = { files: 12, bytes: 3 << 20 };
const FAILURES = [{ fileName: 'shells/<b>.txt', code: 'NO_SPACE', message: 'No space.' }];

describe('the row of a folder', () => {
  it('has its last name, its local files, and its figures', () => {
    const row = presentFolder('a/shells', FIGURES, { sharedFiles: 3, download: undefined });
    assert.deepEqual(row, {
      label: 'shells',
      description: '3 on this computer · 12 files · 3 MiB',
      icon: undefined,
      contextValue: 'folder:remote:shared',
      spoken: 'Folder shells, 3 on this computer · 12 files · 3 MiB',
    });
    const [none, all] = [0, 12].map((sharedFiles) => presentFolder('a', FIGURES, { sharedFiles, download: undefined }));
    assert.equal(none?.description, '12 files · 3 MiB');
    assert.equal(none?.contextValue, 'folder:remote:unshared');
    assert.equal(all?.description, 'on this computer · 12 files · 3 MiB');
    assert.equal(all?.contextValue, 'folder:here:shared');
    const one = presentFolder('a', { files: 1, bytes: 1 }, { sharedFiles: 0, download: undefined });
    assert.equal(one.description, '1 file · 1 byte');
  });

  it('shows whether it is kept up to date, and why that fails', () => {
    const [watched, other] = [true, false].map((watch) => {
      const situation = { sharedFiles: 12, download: undefined, share: { path: '/home/me/*a*', watch } };
      return { situation, row: presentFolder('a', FIGURES, situation) };
    });
    assert.equal(watched?.row.description, 'kept up to date · 12 files · 3 MiB');
    assert.equal(watched?.row.contextValue, 'folder:here:shared:watched');
    assert.equal(other?.row.description, 'on this computer · 12 files · 3 MiB');
    assert.equal(other?.row.contextValue, 'folder:here:shared:unwatched');
    const some = presentFolder('a', FIGURES, { ...watched.situation, sharedFiles: 3 });
    assert.equal(some.description, '3 on this computer · kept up to date · 12 files · 3 MiB');
    const problem = new ShoalError('PATH_NOT_FOUND', 'It is gone.');
    const text = folderTooltip('a', FIGURES, { ...watched.situation, problem });
    for (const part of ['On this computer: /home/me/\\*a\\*', 'Kept up to date', 'Not up to date for now'])
      assert.ok(text.includes(part), part);
    assert.ok(!folderTooltip('a', FIGURES, other?.situation ?? watched.situation).includes('up to date'));
    const polling = { reason: 'no-watch-left', folders: 12, everyMs: 30_000, why: '' } as const;
    const polled = folderTooltip('a', FIGURES, { ...watched.situation, polling });
    for (const part of ['that are not watched: 12', 'every 30 s', 'max_user_watches'])
      assert.ok(polled.includes(part), part);
  });

  it('shows the progress of its download', () => {
    const texts = FOLDER_STATES.map(
      (state) => presentFolder('a', FIGURES, { sharedFiles: 0, download: folderDownload({ state }) }).description,
    );
    assert.deepEqual(
      texts.map((text) => text.replace(' · 12 files · 3 MiB', '')),
      [
        ...['waiting for its turn', 'downloading 50 %', 'downloading 50 %', 'downloading 50 %', 'paused at 50 %'],
        ...['12 files · 3 MiB', 'download failed', '12 files · 3 MiB'],
      ],
    );
  });

  it('has a tooltip in which names are escaped', () => {
    const text = folderTooltip('a/[x](command:y)', FIGURES, { sharedFiles: 2, download: undefined });
    assert.ok(text.includes('\\[x\\]\\(command\\:y\\)'));
    assert.ok(text.includes('Shared by this computer: 2 files'));
  });
});

describe('the row of a folder download', () => {
  it('has one progress for all files', () => {
    const sources = [source('bob', 'ready'), source('cem', 'stalled'), source('dee', 'gone')];
    const row = presentFolderDownload(folderDownload({ sources }));
    assert.equal(row.label, 'shells');
    assert.equal(row.description, '50 % · 1 of 4 files · 512 bytes/s · 2 s left · 2 sources');
    assert.equal(row.spoken, `Download of folder shells from lab, ${row.description}`);
  });

  it('shows the limit of the folder', () => {
    const { description } = presentFolderDownload(folderDownload({ limitBytesPerSecond: 5000 }));
    assert.match(description, / · 0 sources · limited to 4\.88 KiB\/s$/);
  });

  it('describes every state', () => {
    const error = { code: 'FOLDER_INCOMPLETE', message: 'Some.' };
    const rows = FOLDER_STATES.map((state) =>
      presentFolderDownload(folderDownload({ state, error: state === 'failed' ? error : null, failedFiles: 2 })),
    );
    assert.deepEqual(
      rows.map(({ description, contextValue }) => `${contextValue} ${description}`),
      [
        'folderDownload:active:queued 50 % · 1 of 4 files · waiting for its turn',
        'folderDownload:active preparing',
        'folderDownload:active 50 % · 1 of 4 files · 512 bytes/s · 2 s left · 0 sources',
        'folderDownload:active 50 % · 1 of 4 files · waiting for a source',
        'folderDownload:paused 50 % · 1 of 4 files · paused',
        'folderDownload:complete 4 files · 2 KiB · complete',
        'folderDownload:failed failed: 2 of 4 files missing',
        'folderDownload:cancelled cancelled',
      ],
    );
    const full = folderDownload({ state: 'failed', error: { code: 'NO_SPACE', message: 'No space.' } });
    assert.match(presentFolderDownload(full).description, /^failed: There is not enough space/);
  });

  it('tells which files are left alone', () => {
    const { changes } = folderDownload();
    const kept = (['edited', 'removed'] as const).map((why) => {
      return { fileName: `shells/<${why}>`, path: `/home/me/shells/${why}`, why };
    });
    const complete = folderDownload({ state: 'complete', changes: { ...changes, edited: 1, removed: 1 }, kept });
    assert.equal(presentFolderDownload(complete).description, '4 files · 2 KiB · complete · 2 files left alone');
    const text = folderDownloadTooltip(complete);
    assert.match(text, /edited.* was edited here and is left alone/);
    assert.match(text, /removed.* was removed from the group and is still here/);
    assert.ok(!text.includes('<edited>'));
  });

  it('has a tooltip with the failed files', () => {
    const error = { code: 'FOLDER_INCOMPLETE', message: 'Some.' };
    const text = folderDownloadTooltip(folderDownload({ state: 'failed', error, failedFiles: 1, failures: FAILURES }));
    assert.ok(text.includes('1 of 4 files missing'));
    assert.ok(text.includes('- shells/\\<b\\>\\.txt\\: There is not enough space') || text.includes('\\<b\\>'), text);
    assert.ok(!text.includes('<b>'));
  });
});
