import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EditorClient } from '../../../extension/api.js';
import { configure, EXTENSION, exportsOf, GROUP, setup } from './support.js';

interface Manifest {
  contributes: { commands: { command: string }[] };
}

describe('the extension in a real editor', () => {
  let client: EditorClient;
  const sha1 = (path: string) => createHash('sha1').update(readFileSync(path)).digest('hex');

  before(async () => {
    client = (await exportsOf()).getAPI(1).client;
  });

  it('offers version 1 of its API, and says so when another is wanted', async () => {
    const { getAPI } = await exportsOf();
    assert.equal(getAPI(1).version, 1);
    assert.throws(() => getAPI(2 as 1), RangeError);
  });

  it('registers every command that it contributes', async () => {
    const manifest = vscode.extensions.getExtension(EXTENSION)?.packageJSON as Manifest;
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = manifest.contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
  });

  it('keeps a workspace from saying where data goes', async () => {
    const settings = vscode.workspace.getConfiguration('shoal');
    for (const name of ['tracker', 'downloadFolder', 'listen', 'advertise', 'host.address']) {
      assert.equal(settings.inspect(name)?.workspaceValue, undefined);
      await assert.rejects(async () => settings.update(name, 'x', vscode.ConfigurationTarget.Workspace));
    }
  });

  it('asks for a tracker first', async () => {
    await assert.rejects(client.listGroups(), { code: 'DISCONNECTED' });
  });

  it('signs up and in through the API, and tells other extensions', async () => {
    await configure('listen', '127.0.0.1:0');
    await configure('tracker', setup.tracker);
    const connected = new Promise<void>((resolve) => {
      const look = () => {
        if (client.trackerFingerprint !== undefined) resolve();
        else setTimeout(look, 50);
      };
      look();
    });
    await connected;
    await client.createUser('erin', 'secret-erin-in-the-suite');
    await assert.rejects(client.login('erin', 'wrong'), { code: 'WRONG_PASSWORD' });
    const result = await client.login('erin', 'secret-erin-in-the-suite');
    assert.equal(result.userId, 'erin');
    assert.match(result.sessionToken, /./);
    writeFileSync(join(setup.folder, 'token'), result.sessionToken);
    assert.equal(client.userId, 'erin');
    assert.match(client.deviceId ?? '', /^[0-9a-f]{64}$/);
  });

  it('shares a file by the command of the explorer, and stops by the API', async () => {
    await client.createGroup('suite');
    const path = join(setup.folder, 'shared.bin');
    writeFileSync(path, randomBytes(700_000));
    const shared = new Promise((resolve) => client.once('fileShared', resolve));
    // In a group that is chosen of two: to one that is not, sharing asks in a dialog, which nobody can answer here.
    await client.createGroup('tail');
    const sharing = vscode.commands.executeCommand('shoal.shareFile', vscode.Uri.file(path));
    const accept = setInterval(
      () => void vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem'),
      200,
    );
    await Promise.all([sharing, shared]).finally(() => clearInterval(accept));
    assert.deepEqual(
      client.shares().map(({ fileName, groupId }) => ({ fileName, groupId })),
      [{ fileName: 'shared.bin', groupId: 'suite' }],
    );
    const [file] = await client.listFiles('suite');
    assert.equal(file?.sizeBytes, 700_000);
    const result = await client.shareFile(path, 'suite', { fileName: 'again.bin' });
    assert.equal(result.fileDigest, sha1(path));
    await client.stopShare('suite', 'again.bin');
    await assert.rejects(client.stopShare('suite', 'again.bin'), { name: 'ShoalError' });
  });

  it('downloads from somebody else, as the SDK does', async () => {
    const joined = new Promise((resolve) => client.once('membershipChanged', resolve));
    await client.joinGroup(GROUP);
    await joined;
    const states: string[] = [];
    const path = join(setup.folder, 'film.bin');
    const download = client.downloadFile(GROUP, 'film.bin', path);
    download.on('state', ({ name }) => states.push(name));
    await download.started;
    const { fileDigest, sizeBytes } = await download.done;
    assert.equal(fileDigest, sha1(path));
    assert.equal(sizeBytes, download.progress.doneBytes);
    assert.equal(states.at(-1), 'complete');
    assert.equal(download.state.name, 'complete');
    assert.deepEqual(
      client.downloads().map((one) => one.id),
      [download.id],
    );
    await assert.rejects(client.downloadFile(GROUP, 'nothing.bin', path).done, { code: 'FILE_NOT_FOUND' });
    await assert.rejects(client.downloadFile(GROUP, 'film.bin', path).done, { code: 'DESTINATION_EXISTS' });
    client.clearDownloads();
  });

  it('downloads by the command of the tree to the folder of the settings', async () => {
    const folder = join(setup.folder, 'downloads');
    await configure('downloadFolder', folder);
    const complete = new Promise<string>((resolve) => {
      client.on('downloadChanged', ({ state }) => {
        if (state.name === 'complete' && state.path.startsWith(folder)) resolve(state.path);
      });
    });
    await vscode.commands.executeCommand('shoal.downloadFile', { kind: 'file', groupId: GROUP, fileName: 'film.bin' });
    const path = await complete;
    assert.equal(path, join(folder, 'film.bin'));
    assert.equal(sha1(path), sha1(join(setup.folder, 'film.bin')));
  });

  it('keeps to the limits of the settings, at once', async () => {
    const keepsTo = async (bytesPerSecond: number | undefined) => {
      while (client.limits.downloadBytesPerSecond !== bytesPerSecond)
        await new Promise((resolve) => setTimeout(resolve, 20));
    };
    assert.equal(client.limits.downloadsAtOnce, 5);
    await configure('limits.download', 5000);
    await keepsTo(5000 * 1024);
    await configure('limits.download', 0);
    await keepsTo(undefined);
  });

  it('shares a folder by the API, and tells how far it is and what it holds', async () => {
    const folder = join(setup.folder, 'paper');
    mkdirSync(join(folder, 'figures'), { recursive: true });
    for (const name of ['a.svg', 'b.svg']) writeFileSync(join(folder, 'figures', name), name);
    const heard: number[] = [];
    const onProgress = ({ fileCount }: { fileCount: number }) => heard.push(fileCount);
    const shared = await client.shareFolder(folder, 'suite', { onProgress });
    assert.deepEqual(
      { ...shared, skipped: [...shared.skipped] },
      { folder: 'paper', files: 2, bytes: 10, added: 2, changed: 0, removed: 0, unchanged: 0, skipped: [] },
    );
    assert.ok(heard.includes(2));
    const names = (await client.listFiles('suite', { folder: 'paper' })).map(({ fileName }) => fileName);
    assert.deepEqual(names, ['paper/figures/a.svg', 'paper/figures/b.svg']);
  });

  it('signs out, and keeps nothing open', async () => {
    await client.logout();
    assert.equal(client.userId, undefined);
    await assert.rejects(client.listGroups(), { code: 'NOT_LOGGED_IN' });
  });
});
