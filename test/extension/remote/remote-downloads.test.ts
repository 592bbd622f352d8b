import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DownloadRecord } from '../../../extension/contract/contract.js';
import { type DownloadCalls, RemoteDownload } from '../../../extension/remote/remote-download.js';
import { RemoteDownloads } from '../../../extension/remote/remote-downloads.js';
import { download, STATES } from '../model/records.js';

const CALLS: DownloadCalls = {
  pause: () => Promise.resolve(),
  resume: () => Promise.resolve(),
  cancel: () => Promise.resolve(),
  tune: () => Promise.resolve(),
  pieces: () => Promise.resolve(new Uint8Array()),
};

describe('the handles of downloads', () => {
  const records = fc
    .record({ id: fc.constantFrom('d1', 'd2'), state: fc.constantFrom(...STATES) })
    .map((more) => download(more));

  it('are one per listed download, with its latest record', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1 }), (told) => {
        const handles = new RemoteDownloads((record: DownloadRecord) => new RemoteDownload(record, CALLS));
        const known = new Map<string, { handle: RemoteDownload; record: DownloadRecord }>();
        for (const record of told) {
          const before = known.get(record.id);
          assert.equal(handles.update(record), before?.record.state !== record.state);
          const handle = handles.listed(record);
          if (before) assert.equal(handle, before.handle);
          known.set(record.id, { handle, record });
          for (const one of known.values()) assert.equal(one.handle.state.name, one.record.state);
        }
      }),
    );
  });

  it('all get the changes of their download until it is no longer listed', () => {
    const handles = new RemoteDownloads((record: DownloadRecord) => new RemoteDownload(record, CALLS));
    const listed = handles.listed(download({ state: 'starting' }));
    const taken = new RemoteDownload(download({ state: 'starting' }), CALLS);
    handles.adopt(taken);
    handles.update(download({ state: 'downloading', doneBytes: 7 }));
    assert.deepEqual([listed.progress.doneBytes, taken.progress.doneBytes], [7, 7]);
    handles.drop('d1');
    assert.deepEqual([listed.state.name, taken.state.name], ['cancelled', 'cancelled']);
    handles.update(download({ state: 'downloading' }));
    assert.equal(taken.state.name, 'cancelled', 'what has the same name later is another');
    assert.notEqual(handles.listed(download()), listed);
  });
});
