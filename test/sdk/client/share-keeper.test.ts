import assert from 'node:assert/strict';
import { join } from 'node:path';
import { hasCode, Lab, nextEvent } from './support.js';

const TIMES = 8;

describe('a share', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  it('is served before the tracker tells of it, to whoever waits for it', async () => {
    await lab.startTracker();
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    const logger = { debug: log, info: log, warn: log, error: log };
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob', { logger })]);
    await lab.group('lab', alice, bob);
    for (let time = 0; time < TIMES; time++) {
      const name = `note${time}`;
      const isThere = nextEvent(bob, 'fileShared', ({ file }) => file.fileName === name).then(
        () => bob.downloadFile('lab', name, join(lab.folder, `${name}.copy`)).done,
      );
      await Promise.all([alice.shareFile(lab.file(name, 1024), 'lab'), isThere]);
    }
    assert.deepEqual(
      lines.filter((line) => /FILE_NOT_FOUND/.test(line)),
      [],
    );
  });

  it('that the tracker does not take is not kept, and the next one of the same content is', async () => {
    await lab.startTracker();
    const [alice, bob] = await Promise.all([lab.signedIn('alice'), lab.signedIn('bob')]);
    await lab.group('lab', alice, bob);
    await bob.shareFile(lab.file('taken', 1000), 'lab');
    const path = lab.file('mine', 2000);
    await assert.rejects(alice.shareFile(path, 'lab', { fileName: 'taken' }), hasCode('NAME_TAKEN'));
    assert.deepEqual(alice.shares(), []);
    await alice.shareFile(path, 'lab');
    const { sizeBytes } = await bob.downloadFile('lab', 'mine', join(lab.folder, 'copy')).done;
    assert.equal(sizeBytes, 2000);
  });
});
