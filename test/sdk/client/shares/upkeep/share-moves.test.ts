import assert from 'node:assert/strict';
import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Share, ShoalClient } from '../../../../../sdk/index.js';
import { SlowLine } from '../../../../editor/support/slow-line.js';
import { until } from '../../../../support/until.js';
import { Lab, nextEvent, sha1Of, someProgress } from '../../support.js';

const MIB = 1 << 20;

describe('shares of moved files', function () {
  this.timeout(30_000);
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let line: SlowLine;

  beforeEach(async () => {
    lab = new Lab();
    await lab.startTracker();
    line = await SlowLine.open(4 * MIB);
    [alice, bob] = await Promise.all([lab.signedIn('alice', { advertise: line.endpoint }), lab.signedIn('bob')]);
    line.leadTo(alice.listenAddress?.port ?? 0);
    await lab.group('lab', alice, bob);
  });
  afterEach(async () => {
    await line.close();
    await lab.close();
  });

  const facts = ({ fileName, path, state }: Share) => [fileName, path, state.name];
  const stateOf = (fileName: string) => alice.shares().find((share) => share.fileName === fileName)?.state.name;

  it('go along with a renamed file and with a moved folder, without being verified again', async () => {
    const folder = lab.subfolder('project');
    const [one, other] = ['a.bin', 'b.bin'].map((name) => lab.file(`project/${name}`, 2 * MIB));
    const alone = lab.file('alone.bin', MIB);
    for (const path of [one, other, alone]) await alice.shareFile(path ?? '', 'lab');
    const states: string[] = [];
    alice.on('shareChanged', ({ state }) => states.push(state.name));
    const [to, renamed] = [join(lab.folder, 'archive'), join(lab.folder, 'renamed.bin')];
    renameSync(folder, to);
    renameSync(alone, renamed);
    const moved = await alice.moveShares([
      { from: folder, to },
      { from: alone, to: renamed },
      { from: join(lab.folder, 'none'), to: join(lab.folder, 'other') },
    ]);
    assert.deepEqual(moved.map(facts).sort(), [
      ['a.bin', join(to, 'a.bin'), 'available'],
      ['alone.bin', renamed, 'available'],
      ['b.bin', join(to, 'b.bin'), 'available'],
    ]);
    assert.ok(!states.includes('verifying'), states.join());
    const { path } = await bob.downloadFile('lab', 'alone.bin', join(lab.folder, 'bobs.bin')).done;
    assert.equal(sha1Of(path), sha1Of(renamed));
  });

  it('are served without a gap while somebody downloads', async () => {
    const from = lab.file('film.bin', 12 * MIB);
    await alice.shareFile(from, 'lab');
    const download = bob.downloadFile('lab', 'film.bin', join(lab.folder, 'bobs.bin'));
    await someProgress(download);
    const to = join(lab.folder, 'renamed.bin');
    renameSync(from, to);
    await alice.moveShares([{ from, to }]);
    const [file] = await bob.listFiles('lab');
    assert.ok(file && file.completeSources >= 1);
    await download.done;
    assert.equal(sha1Of(join(lab.folder, 'bobs.bin')), sha1Of(to));
  });

  it('are watched where they are now, also after the next sign-in', async () => {
    const from = lab.file('notes.txt', 1000);
    await alice.shareFile(from, 'lab');
    mkdirSync(join(lab.folder, 'deep/er'), { recursive: true });
    const to = join(lab.folder, 'deep/er/notes.txt');
    renameSync(from, to);
    await alice.moveShares([{ from, to }]);
    const edited = nextEvent(alice, 'shareChanged', ({ state }) => state.name === 'edited');
    writeFileSync(to, 'edited');
    assert.equal((await edited).path, to);
    await alice.close();
    const again = await lab.signedInAgain('alice');
    assert.deepEqual(again.client.shares().map(facts), [['notes.txt', to, 'edited']]);
  });

  it('keep being edited, and follow a file whose absence was noticed first', async () => {
    const [one, other] = ['one.bin', 'other.bin'].map((name) => lab.file(name, MIB)) as [string, string];
    for (const path of [one, other]) await alice.shareFile(path, 'lab');
    lab.file('one.bin', MIB);
    await until(() => stateOf('one.bin') === 'edited');
    renameSync(other, `${other}.new`);
    await until(() => stateOf('other.bin') === 'missing');
    renameSync(one, `${one}.new`);
    const moved = await alice.moveShares([one, other].map((from) => ({ from, to: `${from}.new` })));
    assert.deepEqual(moved.map(facts).sort(), [
      ['one.bin', `${one}.new`, 'edited'],
      ['other.bin', `${other}.new`, 'available'],
    ]);
  });

  it('are verified if the file was touched, and missing if nothing is there', async () => {
    const [one, other] = ['one.bin', 'other.bin'].map((name) => lab.file(name, MIB)) as [string, string];
    for (const path of [one, other]) await alice.shareFile(path, 'lab');
    renameSync(one, `${one}.new`);
    utimesSync(`${one}.new`, 1, 1);
    const moves = [one, other].map((from) => ({ from, to: `${from}.new` }));
    assert.deepEqual((await alice.moveShares(moves)).map(facts).sort(), [
      ['one.bin', `${one}.new`, 'available'],
      ['other.bin', `${other}.new`, 'missing'],
    ]);
    assert.deepEqual(await alice.moveShares(moves), []);
  });
});
