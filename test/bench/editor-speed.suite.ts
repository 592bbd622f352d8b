import { join } from 'node:path';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import * as vscode from 'vscode';
import type { EditorClient } from '../../extension/api.js';
import { configure, exportsOf, GROUP, setup } from '../editor/suite/support.js';

/** Measures, and asserts nothing: how long the extension host's event loop is held while a film comes. */
describe('the extension host while a film is downloaded', function () {
  this.timeout(300_000);
  let client: EditorClient;

  before(async () => {
    client = (await exportsOf()).getAPI(1).client;
    await configure('listen', '127.0.0.1:0');
    await configure('tracker', setup.tracker);
    await vscode.commands.executeCommand('shoal.groups.focus');
    while (client.trackerFingerprint === undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    await client.createUser('erin', 'secret-erin');
    await client.login('erin', 'secret-erin');
    const joined = new Promise((resolve) => client.once('membershipChanged', resolve));
    await client.joinGroup(GROUP);
    await joined;
    await vscode.commands.executeCommand('shoal.listGroups');
  });

  it('at rest', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    delay.disable();
    print('at rest', delay);
  });

  it('with tree, status bar and details open', async () => {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const download = client.downloadFile(GROUP, 'film.bin', join(setup.folder, 'film.bin'));
    await download.started;
    const [{ id } = { id: '' }] = client.downloads();
    await vscode.commands.executeCommand('shoal.showDetails', { kind: 'download', id });
    const startedAt = performance.now();
    delay.enable();
    const { sizeBytes } = await download.done;
    delay.disable();
    const seconds = (performance.now() - startedAt) / 1000;
    print(`${Math.round(sizeBytes / 1e6 / seconds)} MB/s`, delay);
  });
});

function print(what: string, delay: IntervalHistogram): void {
  const ms = (ns: number) => (ns / 1e6).toFixed(1);
  console.log(
    `event loop, ${what}: p50 ${ms(delay.percentile(50))} ms, p99 ${ms(delay.percentile(99))} ms, longest ${ms(delay.max)} ms`,
  );
}
