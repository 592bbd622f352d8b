import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ShoalError } from '../../../sdk/index.js';
import { FakeDownload, FakeFolder, fakeClient } from './fake-client.js';
import { downloading, outputOf, ScriptSession } from './script-session.js';

describe('downloads in a script of commands', () => {
  it('replaces what is there when it is told to, wherever that stands on the line', async () => {
    const asked: unknown[] = [];
    const client = fakeClient({
      downloadFile: (_group, name, path, options) => {
        asked.push([name, path, options]);
        return new FakeDownload('lab', name);
      },
      downloadFolder: (_group, name, path, options) => {
        asked.push([name, path, options]);
        return new FakeFolder();
      },
    });
    await outputOf(client, 'download_file lab x /there\ndownload_file --overwrite lab x /there');
    const { output } = await outputOf(client, 'download_folder lab tree /there/ --overwrite\nlist_files --overwrite');
    await outputOf(client, 'download_folder --delete lab --include *.md tree --include=docs/ /there --exclude old/');
    assert.match(output, /error USAGE|error NOT_LOGGED_IN/);
    assert.deepEqual(asked, [
      ['x', '/there', { overwrite: false }],
      ['x', '/there', { overwrite: true }],
      ['tree', '/there/', { overwrite: true }],
      ['tree', '/there', { overwrite: false, delete: true, include: ['*.md', 'docs/'], exclude: ['old/'] }],
    ]);
    const there = new FakeDownload('lab', 'x');
    there.started = Promise.reject(new ShoalError('DESTINATION_EXISTS', '/there is there already.'));
    const refused = await outputOf(fakeClient({ downloadFile: () => there }), 'download_file lab x /there');
    assert.match(refused.output, /^error DESTINATION_EXISTS: \/there is there already\. .*--overwrite/);
  });

  it('takes a missing folder for no file', async () => {
    const home = mkdtempSync(join(tmpdir(), 'shoal-home-'));
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const client = fakeClient({ downloadFile: (_group, name) => new FakeDownload('lab', name) });
      const answerOf = async (place: string) => (await outputOf(client, `download_file lab notes.txt ${place}`)).output;
      for (const place of ['~/Downloads', '~/stuff', join(home, 'stuff'), '/nowhere/Downloads'])
        assert.match(await answerOf(place), /^error DESTINATION_NOT_FOUND: There is no folder .*create it first/);
      mkdirSync(join(home, 'stuff'));
      for (const place of ['~/stuff', '~/Downloads/', '~/copy.txt', '/nowhere/copy'])
        assert.match(await answerOf(place), /^downloading notes\.txt/);
    } finally {
      process.env.HOME = before;
      rmSync(home, { recursive: true });
    }
  });

  it('waits until no download is in flight', async () => {
    const download = new FakeDownload('lab', 'a');
    const client = downloading(download);
    const session = new ScriptSession(client);
    session.input.write('wait_downloads\nshow_downloads\n');
    await delay(10);
    assert.equal(session.output(), '');
    download.state = { name: 'complete', path: '/there/a' };
    client.emit('downloadChanged', download);
    session.input.end();
    await session.ended;
    assert.equal(session.output(), '1 complete, 0 failed\n1 download\n[C] [lab] a 100 MiB /there/a\n');
  });

  it('tells by its exit code that a download failed, though waiting did not', async () => {
    const failing = new FakeDownload('lab', 'a', { name: 'failed', error: new ShoalError('NO_SPACE', 'Full.') });
    const { output, failed } = await outputOf(downloading(failing), 'wait_downloads');
    assert.equal(output, '0 complete, 1 failed\n');
    assert.equal(failed, true);
  });

  it('answers at once while hundreds of downloads go on', async () => {
    const all = Array.from({ length: 300 }, (_, index) => new FakeDownload('lab', `f${index}`, { name: 'waiting' }));
    const begun: FakeDownload[] = [];
    const client = fakeClient({
      downloads: () => begun,
      downloadFile: () => {
        const next = all[begun.length];
        assert.ok(next);
        begun.push(next);
        client.emit('downloadChanged', next);
        return next;
      },
    });
    const session = new ScriptSession(client);
    session.input.write(all.map(({ fileName }) => `download_file lab ${fileName} /there\n`).join(''));
    session.input.end('show_downloads\nquit\n');
    await session.ended;
    const lines = session.output().trimEnd().split('\n');
    assert.equal(lines.length, 300 + 1 + 300 + 1);
    assert.ok(session.notices().split('\n').length < 10);
  });

  it('tells a download that cannot begin once, as the error', async () => {
    const download = new FakeDownload('lab', 'x');
    const client = fakeClient({ downloadFile: () => download });
    download.started = Promise.reject(new ShoalError('DESTINATION_NOT_FOUND', 'There is no folder /x.'));
    const { output } = await outputOf(client, 'download_file lab x /x/');
    assert.equal(output, 'error DESTINATION_NOT_FOUND: There is no folder /x.\n');
  });

  it('does not wait for a download that waits for its turn', async () => {
    const download = new FakeDownload('lab', 'x', { name: 'queued' });
    download.started = new Promise(() => {});
    const client = fakeClient({ downloadFile: () => download, downloads: () => [download] });
    const { output } = await outputOf(client, 'download_file lab x /there\nshow_downloads');
    assert.equal(
      output,
      'queued x from lab: it starts when another download ends\n1 download\n[Q] [lab] x 42% waiting for its turn\n',
    );
    const paused = new FakeDownload('lab', 'y', { name: 'paused' });
    paused.resume = () => {
      paused.state = { name: 'queued' };
    };
    const resumed = await outputOf(fakeClient({ downloads: () => [paused] }), 'resume_download lab y');
    assert.equal(resumed.output, 'queued y from lab: it starts when another download ends\n');
  });

  it('pauses a download that is stopped before it began, and keeps what is there', async () => {
    const download = new FakeDownload('lab', 'x', { name: 'starting' });
    const paused = new Promise<void>((_resolve, reject) => {
      download.pause = () => {
        download.state = { name: 'paused' };
        reject(new ShoalError('ABORTED', 'The download of x is paused.'));
        return Promise.resolve();
      };
    });
    download.started = paused;
    const session = new ScriptSession(fakeClient({ downloadFile: () => download }));
    session.input.write('download_file lab x /there\n');
    await delay(10);
    session.stop();
    await session.ended;
    assert.match(session.output(), /^error ABORTED: Stopped: x is paused\. Continue with resume_download/);
  });

  it('says of a folder that waits for its turn that it does, and lists it as one', async () => {
    const folder = new FakeFolder({ name: 'queued' });
    const client = fakeClient({ downloadFolder: () => folder, folderDownloads: () => [folder] });
    const { output } = await outputOf(client, 'download_folder lab photos /there\nshow_downloads');
    assert.deepEqual(output.trimEnd().split('\n'), [
      'queued photos/ from lab: it starts when another download ends',
      '1 download',
      '[Q] [lab] photos/ 25% waiting for its turn',
    ]);
  });

  it('fetches folders, and lists, pauses and resumes them like files', async () => {
    const folder = new FakeFolder();
    const asked: unknown[] = [];
    const client = fakeClient({
      downloadFolder: (...words) => {
        asked.push(words);
        return folder;
      },
      folderDownloads: () => [folder],
    });
    const script = [
      'download_folder lab photos /there',
      'show_downloads',
      'pause_download lab photos/',
      'resume_download lab Photos',
      'cancel_download lab photos',
      'cancel_download lab photos',
    ];
    const { output } = await outputOf(client, script.join('\n'));
    assert.deepEqual(asked, [['lab', 'photos', '/there', { overwrite: false }]]);
    assert.deepEqual(output.trimEnd().split('\n'), [
      'downloading folder photos (10 files, 2 KiB) from lab to /there/photos',
      '1 download',
      '[D] [lab] photos/ 25% 1.00 MB/s eta 2s',
      'paused photos/ from lab at 25%',
      'resumed photos/ from lab at 25%',
      'cancelled photos/ from lab; complete files stay, partial files are removed',
      'error DOWNLOAD_NOT_FOUND: No download of photos from lab is unfinished: it is cancelled.',
    ]);
  });

  it('lists what folder downloads left alone', async () => {
    const folder = new FakeFolder({ name: 'complete', path: '/there/photos' });
    folder.kept = [
      { fileName: 'photos/a', path: '/there/photos/a', why: 'edited' },
      { fileName: 'photos/b', path: '/there/photos/b', why: 'removed' },
    ];
    const { output } = await outputOf(fakeClient({ folderDownloads: () => [folder] }), 'show_kept');
    assert.deepEqual(output.trimEnd().split('\n'), [
      '2 files left alone',
      'edited here\t/there/photos/a\tphotos/a',
      'removed from the group\t/there/photos/b\tphotos/b',
    ]);
  });
});
