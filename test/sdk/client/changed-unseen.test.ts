import { strict as assert } from 'node:assert';
import { closeSync, existsSync, openSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode, Lab, nextEvent } from './support.js';

/** A time that can be set as it was: of a whole second. */
const THEN = 1_700_000_000;

describe('a shared file that is changed in place, with its size and time as before', () => {
  it('is edited for its sharer, who hears of it, and whoever downloads it hears FILE_CHANGED', async () => {
    const lab = new Lab();
    try {
      await lab.startTracker();
      const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
      await lab.group('lab', alice, bob);
      const path = lab.file('data.bin', 1 << 21);
      utimesSync(path, THEN, THEN);
      await alice.shareFile(path, 'lab');
      const fd = openSync(path, 'r+');
      writeSync(fd, 'something else', 600_000);
      closeSync(fd);
      utimesSync(path, THEN, THEN);
      const lost = nextEvent(alice, 'shareLost');
      const changed = nextEvent(alice, 'shareChanged');
      const out = join(lab.folder, 'out.bin');
      const { done } = bob.downloadFile('lab', 'data.bin', out);
      await assert.rejects(done, hasCode('FILE_CHANGED'));
      const { fileName, reason } = await lost;
      assert.deepEqual({ fileName, reason }, { fileName: 'data.bin', reason: 'changed' });
      assert.ok(!existsSync(out));
      const { state } = await changed;
      assert.equal(state.name, 'edited');
      assert.match(state.why ?? '', /other content/);
      assert.equal(alice.shares()[0]?.state.name, 'edited', 'the wish stays');
      assert.equal((await bob.listFiles('lab'))[0]?.completeSources, 0);
    } finally {
      await lab.close();
    }
  });
});
