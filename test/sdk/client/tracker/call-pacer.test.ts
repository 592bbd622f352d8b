import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { CallPacer, tryWhileBusy } from '../../../../sdk/client/tracker/call-pacer.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { startQuickTracker } from '../../../support/plain-passwords.js';
import { hasCode, Lab } from '../support.js';

/** A tracker that has no time for so many calls. */
function busyFor(calls: number): { ask: () => Promise<string>; asked: () => number } {
  let asked = 0;
  const ask = async () => {
    if (asked++ < calls) throw new ShoalError('RATE_LIMITED', 'Too many requests: try again in a moment.');
    return 'answer';
  };
  return { ask, asked: () => asked };
}

describe('calls to a tracker', () => {
  it('are tried again while it has no time, but no more often than bounded, and not after an abort', async () => {
    const { ask, asked } = busyFor(2);
    assert.equal(await new CallPacer().run('listGroups', undefined, ask), 'answer');
    assert.equal(asked(), 3);
    const abort = new AbortController();
    const endless = busyFor(Infinity);
    const tried = tryWhileBusy(endless.ask, abort.signal);
    abort.abort();
    await assert.rejects(tried, hasCode('ABORTED'));
    assert.equal(endless.asked(), 1);
  });

  it('are not tried again where a person waits to hear for how long to wait, nor where the answer is another', async () => {
    const { ask, asked } = busyFor(1);
    await assert.rejects(new CallPacer().run('login', undefined, ask), hasCode('RATE_LIMITED'));
    assert.equal(asked(), 1);
    const refused = () => Promise.reject(new ShoalError('NOT_A_MEMBER', 'no'));
    await assert.rejects(new CallPacer().run('listFiles', undefined, refused), hasCode('NOT_A_MEMBER'));
  });

  it('do not all go out at once', async () => {
    const pacer = new CallPacer();
    const abort = new AbortController();
    setMaxListeners(0, abort.signal);
    let sent = 0;
    const all = Array.from({ length: 3000 }, () => pacer.run('listGroups', abort.signal, async () => ++sent));
    const outcomes = Promise.allSettled(all);
    assert.ok(sent >= 1000 && sent < 3000, `${sent} at once`);
    abort.abort();
    await outcomes;
  });

  it('of 20 downloads begun at once all come through at a tracker that takes few', async () => {
    const lab = new Lab();
    const limits = { requestsPerSecond: 50, requestBurst: 20 };
    const tracker = await startQuickTracker({ listen: '127.0.0.1:0', dataDir: join(lab.folder, 'tight'), limits });
    try {
      const at = { tracker: { host: tracker.host, port: tracker.port } };
      const [owner, reader] = [await lab.signedIn('owner', at), await lab.signedIn('reader', at)];
      await lab.group('lab', owner, reader);
      await owner.shareFile(lab.file('file', 1000), 'lab');
      const inbox = lab.subfolder('inbox');
      const downloads = Array.from({ length: 20 }, (_, copy) =>
        reader.downloadFile('lab', 'file', join(inbox, `copy-${copy}`)),
      );
      await Promise.all(downloads.map(({ done }) => done));
    } finally {
      await lab.close();
      await tracker.close();
    }
  });
});
