import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { accountRecords } from '../../../../sdk/client/library/account-records.js';
import { LibraryFile, type LineDisk } from '../../../../sdk/client/library/files/library-file.js';
import { LibraryWriter } from '../../../../sdk/client/library/files/library-writer.js';
import { LibraryAccount } from '../../../../sdk/client/library/library-account.js';
import { libraryPaths } from '../../../../sdk/client/library/records/library-paths.js';
import { KeptIndex } from '../../../../sdk/client/library/tables/kept-index.js';
import { LiveBytes } from '../../../../sdk/client/library/tables/live-bytes.js';
import { writeFully } from '../../../../sdk/disk/index.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { FailingDisk } from '../../../support/failing-disk.js';
import { hasCode } from '../../../support/has-code.js';
import { download, folderDownload, LibraryFolderOnDisk, recordsOf, share } from './library-support.js';

const disk = new FailingDisk();

/** What is done to a library: a change, or a wait for the disk. */
const step = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      'share',
      'touch',
      'drop',
      'download',
      'done',
      'first',
      'folder',
      'end',
      'leave',
      'return',
      'remove',
      'forget',
      'agree',
      'older',
      'notOlder',
    ),
    at: fc.nat(5),
  }),
  fc.record({ type: fc.constantFrom('durable', 'durable', 'finish', 'restart'), at: fc.constant(0) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function change(account: LibraryAccount, { type, at }: Step, time: number): void {
  const name = `file ${at}`;
  const known = account.findShare('lab', name);
  const fetched = account.downloads.find(({ id }) => id === String(at));
  switch (type) {
    case 'share':
      account.putShares([share(name, { modifiedNs: String(time), path: `/data/${'x'.repeat(at * 40)}` })]);
      return;
    case 'touch':
      if (known) account.changeShare(known, { modifiedNs: String(time) });
      return;
    case 'drop':
      if (known) account.removeShares([known]);
      return;
    case 'download':
      account.putDownload({ ...download(String(at)), sizeBytes: time });
      return;
    case 'done':
      if (fetched) account.removeDownload(fetched);
      account.putShares([share(name)]);
      return;
    case 'first':
      if (fetched) account.moveTransfer(fetched, [fetched, ...account.transfers.filter((one) => one !== fetched)]);
      return;
    case 'folder':
      account.putFolder({ ...folderDownload(String(at)), paused: time % 2 === 0 });
      return;
    case 'end': {
      const folder = account.folders.find(({ id }) => id === folderDownload(String(at)).id);
      if (folder) account.removeFolder(folder);
      return;
    }
    case 'leave':
      account.leftGroups.add(`group ${at}`);
      return;
    case 'return':
      account.leftGroups.remove(`group ${at}`);
      return;
    case 'remove':
      account.removedFiles.add([share(name, { modifiedNs: String(time) })]);
      return;
    case 'forget':
      account.removedFiles.drop(share(name));
      return;
    case 'older': {
      const { registered: _, ...file } = share(name, { modifiedNs: String(time) });
      account.olderFiles.put({ ...file, version: time + 1 });
      return;
    }
    case 'notOlder':
      for (const older of account.olderFiles.of(share(name))) account.olderFiles.remove(older);
      return;
    case 'agree':
      account.completeness.confirm();
      return;
    case 'durable':
    case 'finish':
    case 'restart': // these are not changes
  }
}

/** A journal as it was when what it holds had become durable. */
interface Acknowledged {
  readonly bytes: Buffer;
  readonly records: unknown;
}

describe('a library whose process or computer dies', () => {
  let folder: LibraryFolderOnDisk;
  const files = () => [folder.marker, `${folder.marker}.previous`, folder.journal, `${folder.journal}.previous`];

  beforeEach(() => {
    folder = new LibraryFolderOnDisk(mkdtempSync(join(tmpdir(), 'shoal-library-')));
  });
  afterEach(() => {
    disk.fail();
    rmSync(folder.path, { recursive: true, force: true });
  });
  after(() => disk.restore());

  async function carryOut(steps: readonly Step[]): Promise<Acknowledged[]> {
    const all: Acknowledged[] = [];
    let library = await folder.open();
    for (const [time, one] of [...steps, { type: 'durable', at: 0 } as const].entries()) {
      const account = library.account('t', 'u');
      if (one.type === 'durable') await library.durable();
      else if (one.type === 'finish' || one.type === 'restart') await library.finish();
      else {
        change(account, one, time);
        continue;
      }
      if (!existsSync(folder.journal)) continue;
      all.push({ bytes: readFileSync(folder.journal), records: recordsOf(account) });
      if (one.type === 'restart') library = await folder.open();
    }
    return all;
  }

  it('has what was durable, and of what was being written all or nothing, wherever it is cut', async () => {
    const place = fc.double({ min: 0, max: 1, noNaN: true });
    const property = fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      place,
      place,
      fc.constantFrom(0, 1, 300),
      async (steps, which, where, zeros) => {
        for (const path of files()) rmSync(path, { force: true });
        folder.warnings.length = 0;
        const all = await carryOut(steps);
        const index = Math.floor(which * (all.length - 1));
        const [before, after] = [all[index], all[index + 1]];
        if (!before) return;
        let cut = before.bytes.length;
        // Where the file was written anew, the other one took its name in one step.
        const isSame = after?.bytes.subarray(0, before.bytes.length).equals(before.bytes) === true;
        if (isSame) cut += Math.floor(where * (after.bytes.length - before.bytes.length));
        const torn = (isSame ? after : before).bytes.subarray(0, cut);
        writeFileSync(folder.journal, Buffer.concat([torn, Buffer.alloc(zeros)]));
        const library = await folder.open();
        const read = recordsOf(library.account('t', 'u'));
        const isAfter = isSame && cut === after.bytes.length;
        assert.deepEqual(read, isAfter ? after.records : before.records);
        assert.deepEqual(folder.warnings, []);
        library.account('t', 'u').putShares([share('the next one')]);
        await library.durable();
        const next = (await folder.open()).account('t', 'u');
        assert.ok(next.findShare('lab', 'the next one'));
        assert.deepEqual(recordsOf(next), recordsOf(library.account('t', 'u')));
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  const full = () => Promise.reject(new ShoalError('NO_SPACE', 'full'));
  const FAULTS: Readonly<Record<string, (disk: LineDisk) => LineDisk>> = {
    'nothing of a line is written': (disk) => ({ ...disk, write: full }),
    'half a line is written': (disk) => ({
      ...disk,
      write: async (fd, bytes, at) => {
        await disk.write(fd, bytes.subarray(0, bytes.length / 2), at);
        await full();
      },
    }),
    'a line is written and not synced': (disk) => ({ ...disk, sync: full }),
  };
  for (const [what, broken] of Object.entries(FAULTS)) {
    it(`says so when ${what}, has what was durable, and has the rest once the disk takes it`, async () => {
      const whole: LineDisk = { write: writeFully, sync: async () => {} };
      let disk = whole;
      const file = new LibraryFile(libraryPaths(folder.path), undefined, {
        write: (...args) => disk.write(...args),
        sync: (fd) => disk.sync(fd),
      });
      const live = new LiveBytes();
      const account: LibraryAccount = new LibraryAccount({
        live,
        kept: new KeptIndex(),
        onChange: (one) => writer.add('u@t', one),
      });
      const warn = (message: string) => folder.warnings.push(message);
      const writer = new LibraryWriter({ file, live, warn, records: () => [['u@t', accountRecords(account)]] });
      for (const name of ['one', 'two']) {
        account.putShares([share(name)]);
        await writer.durable();
      }
      disk = broken(whole);
      account.putShares([share('three')]);
      await assert.rejects(writer.durable(), hasCode('NO_SPACE'));
      assert.deepEqual(
        (await folder.names()).filter((name) => name !== 'three'),
        ['one', 'two'],
      );
      disk = whole;
      account.putShares([share('four')]);
      await writer.durable();
      assert.deepEqual(await folder.names(), ['one', 'two', 'three', 'four']);
      assert.deepEqual(folder.warnings, []);
    });
  }

  for (const path of ['.journal.previous.new', '.new'] as const)
    it(`loses nothing when it cannot be written anew for ${path} gets no name, and says so`, async () => {
      const library = await folder.write('one');
      const account = library.account('t', 'u');
      const one = account.findShare('lab', 'one');
      assert.ok(one);
      for (let time = 0; time < 10; time++) {
        account.changeShare(one, { modifiedNs: String(time) });
        await library.durable();
      }
      disk.fail({ call: 'promises.rename', path, nth: path === '.new' ? 2 : 1, how: 'EIO' });
      await library.finish();
      assert.match(folder.warnings.join(), /goes on growing/);
      folder.warnings.length = 0;
      const read = await folder.open();
      assert.equal(read.account('t', 'u').shares[0]?.modifiedNs, '9');
      assert.deepEqual(folder.warnings, []);
    });
});
