import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShoalClient, ShoalClientOptions } from '../../../../sdk/index.js';
import { until } from '../../../support/until.js';
import { Lab, nextEvent, sha1Of, someProgress } from '../support.js';

const SIZE_BYTES = 3 << 20;
const SLOW_BYTES_PER_SECOND = 1 << 20;

describe('what is kept of published files', () => {
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let path: string;

  beforeEach(() => {
    lab = new Lab();
  });
  afterEach(() => lab.close());

  /** alice shares a file, and its content is kept. */
  async function shared(options: Partial<ShoalClientOptions> = {}): Promise<string> {
    [alice, bob] = await lab.aliceAndBob();
    if (options.keptVersions !== undefined) alice.setKeptVersions(options.keptVersions);
    path = lab.file('data', SIZE_BYTES);
    const { manifestId } = await alice.shareFile(path, 'lab');
    if (options.keptVersions !== false) await until(() => kept().includes(manifestId));
    return sha1Of(path);
  }

  const kept = (name = 'alice') =>
    readdirSync(join(lab.folder, name, 'contents')).filter((one) => !one.endsWith('.new'));
  const edit = () => writeFileSync(path, 'edited');
  const isEdited = () => until(() => alice.shares()[0]?.state.name === 'edited');
  const copyTo = (name: string) => join(lab.folder, name);

  it('completes a download whose source is edited meanwhile', async () => {
    const old = await shared();
    bob.setLimits({ downloadBytesPerSecond: SLOW_BYTES_PER_SECOND });
    const download = bob.downloadFile('lab', 'data', copyTo('copy'));
    await someProgress(download);
    edit();
    await isEdited();
    assert.equal(sha1Of((await download.done).path), old);
    assert.equal(alice.shares()[0]?.state.name, 'edited');
  });

  it('completes a download while a newer version is published, and afterwards gives both', async () => {
    const old = await shared();
    bob.setLimits({ downloadBytesPerSecond: SLOW_BYTES_PER_SECOND });
    const download = bob.downloadFile('lab', 'data', copyTo('copy'));
    await someProgress(download);
    edit();
    assert.equal((await alice.shareFile(path, 'lab')).version, 2);
    assert.equal(sha1Of((await download.done).path), old);
    await bob.stopShare('lab', 'data');
    await bob.downloadFile('lab', 'data', copyTo('newest')).done;
    assert.equal(readFileSync(copyTo('newest'), 'utf8'), 'edited');
    const [newest, first] = await bob.listVersions('lab', 'data');
    assert.deepEqual([newest?.membersOnline, first?.members, first?.membersOnline], [2, 1, 1]);
  });

  it('is served after a restart with an edited, a missing or a truncated file', async () => {
    const old = await shared();
    for (const change of [edit, () => truncateSync(path, 5), () => rmSync(path)]) {
      await alice.close();
      change();
      ({ client: alice } = await lab.signedInAgain('alice'));
      const copy = copyTo(`copy ${change.toString().length}`);
      assert.equal(sha1Of((await bob.downloadFile('lab', 'data', copy).done).path), old);
      await bob.stopShare('lab', 'data');
      rmSync(copy);
    }
    assert.equal(alice.shares()[0]?.state.name, 'missing');
  });

  it('is the source of a version that is published again', async () => {
    const old = await shared();
    edit();
    await alice.shareFile(path, 'lab');
    assert.equal((await alice.revertFile('lab', 'data', 1)).version, 3);
    assert.equal(sha1Of((await bob.downloadFile('lab', 'data', copyTo('copy')).done).path), old);
    assert.equal((await alice.openVersion('lab', 'data', 3)).sizeBytes, SIZE_BYTES);
  });

  it('gives pieces to a later download of this device', async () => {
    const old = await shared();
    edit();
    await alice.shareFile(path, 'lab');
    const download = alice.downloadFile('lab', 'data', copyTo('copy'), { version: 1 });
    assert.equal(sha1Of((await download.done).path), old);
    assert.equal(download.progress.reusedBytes, SIZE_BYTES);
  });

  it('ends with the share, the removal of the file and the membership', async () => {
    await shared();
    const other = lab.file('other', 1000);
    await alice.shareFile(other, 'lab');
    await alice.createGroup('club');
    await alice.shareFile(other, 'club');
    await until(() => kept().length === 2);
    await alice.stopShare('lab', 'data');
    await until(() => kept().length === 1);
    await alice.removeFile('lab', 'other');
    edit();
    await alice.shareFile(path, 'club');
    await until(() => kept().length === 2);
    await alice.leaveGroup('club');
    await until(() => kept().length === 0);
  });

  it('is not made when it is off, or of larger files', async () => {
    await shared({ keptVersions: false });
    alice.setKeptVersions({ maxTotalBytes: 10 << 20, maxFileBytes: 1000 });
    await alice.shareFile(lab.file('large', 1001), 'lab');
    const { manifestId } = await alice.shareFile(lab.file('small', 1000), 'lab');
    await until(() => kept().length > 0);
    assert.deepEqual(kept(), [manifestId]);
    edit();
    await isEdited();
    await until(async () =>
      (await bob.listFiles('lab')).some((file) => file.fileName === 'data' && file.completeSources === 0),
    );
  });

  it('makes room for what was needed later', async () => {
    await shared({ keptVersions: { maxTotalBytes: SIZE_BYTES + 1000 } });
    const { manifestId } = await alice.shareFile(lab.file('later', SIZE_BYTES), 'lab');
    await until(() => kept().join() === manifestId);
    alice.setKeptVersions({ maxTotalBytes: 0 });
    await until(() => kept().length === 0);
  });

  it('is given up if its file is missing or damaged, and told of in the log', async () => {
    const old = await shared();
    const [id = ''] = kept();
    const file = join(lab.folder, 'alice', 'contents', id);
    await alice.close();
    truncateSync(file, 10);
    const warnings: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: (message: string) => warnings.push(message),
      error: () => {},
    };
    alice = lab.client('alice', { logger });
    await alice.connect();
    await alice.login('alice', 'password of alice');
    assert.ok(warnings.some((message) => message.includes('data is missing or damaged')));
    assert.equal(sha1Of((await bob.downloadFile('lab', 'data', copyTo('copy')).done).path), old);
    await until(() => existsSync(file) && statSync(file).size === SIZE_BYTES); // it is kept anew
  });

  it('is told to holders of versions that nobody shares', async () => {
    await shared();
    edit();
    const updated = nextEvent(bob, 'fileUpdated');
    await alice.shareFile(path, 'lab');
    await updated;
    const [, first] = await bob.listVersions('lab', 'data');
    assert.deepEqual([first?.members, first?.membersOnline], [1, 1]);
  });
});
