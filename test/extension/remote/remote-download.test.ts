import assert from 'node:assert/strict';
import { ShoalError } from '@shoal/sdk/protocol';
import { type DownloadCalls, RemoteDownload } from '../../../extension/remote/remote-download.js';
import { RemoteFolder } from '../../../extension/remote/remote-folder.js';
import type { DownloadChanges } from '../../../extension/remote/remote-transfer.js';
import { hasCode } from '../../support/has-code.js';
import { download, folderDownload } from '../model/records.js';

const RESULT = { manifestId: 'a1'.repeat(32), fileDigest: 'b2'.repeat(20) };

class Calls implements DownloadCalls {
  readonly made: string[] = [];
  pause = (id: string) => this.#make('pause', id);
  resume = (id: string) => this.#make('resume', id);
  cancel = (id: string) => this.#make('cancel', id);
  failing: ShoalError | undefined;

  pieces(): Promise<Uint8Array> {
    return Promise.resolve(Uint8Array.of(0, 1));
  }

  tune(id: string, changes: DownloadChanges): Promise<void> {
    return this.#make(`tune ${JSON.stringify(changes)} of`, id);
  }

  #make(name: string, id: string): Promise<void> {
    this.made.push(`${name} ${id}`);
    return this.failing ? Promise.reject(this.failing) : Promise.resolve();
  }
}

describe('a download of the agent', () => {
  const begun = () => new RemoteDownload(download({ id: 'd1', state: 'starting' }), new Calls());

  it('has started when bytes arrive, and is done when it is complete and its result is known', async () => {
    const one = begun();
    const started = one.started;
    const done = one.done;
    one.update(download({ state: 'downloading' }));
    await started;
    await one.started; // and still is
    one.update(download({ state: 'complete' }));
    one.update(download({ state: 'complete', result: RESULT }));
    assert.deepEqual(await done, { path: one.path, sizeBytes: 2048, ...RESULT });
    assert.deepEqual(one.state, { name: 'complete', path: one.path });
  });

  it('emits a state once, and progress each time', () => {
    const one = begun();
    const told: string[] = [];
    one.on('state', ({ name }) => told.push(name));
    one.on('progress', ({ doneBytes }) => told.push(String(doneBytes)));
    one.update(download({ state: 'downloading', doneBytes: 1 }));
    one.update(download({ state: 'downloading', doneBytes: 2 }));
    assert.deepEqual(told, ['downloading', '1', '2']);
  });

  it('fails with the code of the agent, and with INTERNAL for an unknown one', async () => {
    const one = begun();
    const { started, done } = one;
    one.update(download({ state: 'failed', error: { code: 'NO_SPACE', message: 'The disk is full.' } }));
    await assert.rejects(started, hasCode('NO_SPACE'));
    await assert.rejects(done, hasCode('NO_SPACE'));
    one.update(download({ state: 'failed', error: { code: 'SOMETHING_NEW', message: 'Who knows?' } }));
    await assert.rejects(one.done, hasCode('INTERNAL'));
  });

  it('is cancelled when it leaves the list, unless it is complete', async () => {
    const one = begun();
    const done = one.done;
    one.dropped();
    await assert.rejects(done, hasCode('ABORTED'));
    assert.equal(one.state.name, 'cancelled');
    const other = begun();
    other.update(download({ state: 'complete', result: RESULT }));
    other.dropped();
    assert.equal(other.state.name, 'complete');
  });

  it('may fail without a listener', async () => {
    const one = begun();
    const [started, done] = [one.started, one.done];
    const faults: unknown[] = [];
    const onFault = (fault: unknown) => faults.push(fault);
    process.on('unhandledRejection', onFault);
    one.fail(new ShoalError('NO_SPACE', 'The disk is full.'));
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection has been reported by then
    process.off('unhandledRejection', onFault);
    assert.deepEqual(faults, []);
    await assert.rejects(started, hasCode('NO_SPACE'));
    await assert.rejects(done, hasCode('NO_SPACE'));
  });

  it('asks the agent, and fails if it cannot continue', async () => {
    const calls = new Calls();
    const one = new RemoteDownload(download({ id: 'd1', state: 'paused' }), calls);
    await one.pause();
    await one.cancel();
    assert.deepEqual(await one.pieces(), Uint8Array.of(0, 1));
    const wishes = new RemoteDownload(
      download({ priority: 'low', limitBytesPerSecond: 5000, queuePosition: 2 }),
      calls,
    );
    assert.deepEqual([wishes.priority, wishes.limitBytesPerSecond, wishes.queuePosition], ['low', 5000, 2]);
    await wishes.setLimit(undefined);
    await wishes.setPriority('high');
    await wishes.moveTo(3);
    assert.deepEqual(calls.made.splice(2), [
      'tune {"limitBytesPerSecond":0} of d1',
      'tune {"priority":"high"} of d1',
      'tune {"position":3} of d1',
    ]);
    const tree = new RemoteFolder(folderDownload({ priority: 'high', sequential: true, queuePosition: 1 }), calls);
    assert.deepEqual([tree.priority, tree.sequential, tree.queuePosition], ['high', true, 1]);
    await tree.setLimit(9000);
    await tree.setSequential(false);
    assert.deepEqual(calls.made.splice(2), [
      'tune {"limitBytesPerSecond":9000} of f1',
      'tune {"sequential":false} of f1',
    ]);
    calls.failing = new ShoalError('NOT_A_MEMBER', 'Not any more.');
    const failed = new Promise((resolve) => one.once('state', ({ name }) => resolve(name)));
    one.resume();
    assert.equal(await failed, 'failed');
    assert.deepEqual(calls.made, ['pause d1', 'cancel d1', 'resume d1']);
  });
});
