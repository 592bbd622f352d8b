import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { Lab } from '../support.js';

/** The longest name of a file on most disks, in bytes. */
const MOST_BYTES = 255;

describe('files of a folder with the longest names', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;

  beforeEach(async () => {
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob({ limits: { downloadBytesPerSecond: 400_000 } });
  });
  afterEach(() => lab.close());

  it('arrive whole, small and large, also after a pause', async function () {
    if (process.platform === 'win32') this.skip(); // its paths are bounded as a whole
    const small = `${'s'.repeat(MOST_BYTES - 4)}.txt`;
    const large = `${'é'.repeat((MOST_BYTES - 5) / 2)}l.bin`;
    const part = `${'p'.repeat(MOST_BYTES - 5)}.part`;
    const tree = new Map([
      [small, 'small'],
      [part, 'no partial file'],
      [large, 'x'.repeat(600_000)],
      [join('f'.repeat(MOST_BYTES), small), 'deep'],
      [join('f'.repeat(MOST_BYTES), `${small.slice(0, -1)}u`), ''],
    ]);
    assert.equal(Buffer.byteLength(large), MOST_BYTES);
    for (const [place, text] of tree) {
      mkdirSync(dirname(join(lab.folder, 'tree', place)), { recursive: true });
      writeFileSync(join(lab.folder, 'tree', place), text);
    }
    const { skipped, files } = await alice.shareFolder(join(lab.folder, 'tree'), 'lab');
    assert.deepEqual([skipped, files], [[], tree.size]);
    const inbox = lab.subfolder('inbox');
    const download = bob.downloadFolder('lab', 'tree', inbox);
    await download.started;
    await download.pause();
    download.resume();
    await download.done;
    for (const [place, text] of tree) assert.equal(readFileSync(join(inbox, 'tree', place), 'utf8'), text);
    const there = readdirSync(inbox, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(there.length, tree.size);
  });
});
