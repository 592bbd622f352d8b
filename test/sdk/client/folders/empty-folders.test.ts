import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShoalClient } from '../../../../sdk/index.js';
import { ShoalError } from '../../../../sdk/protocol/index.js';
import { handlers } from '../../../../tracker/methods/index.js';
import { until } from '../../../support/until.js';
import { Lab, nextEvent } from '../support.js';

type Replaceable = { -readonly [M in 'hello' | 'setEmptyFolders' | 'listEmptyFolders']: (typeof handlers)[M] };

describe('empty folders of a shared folder', () => {
  const methods: Replaceable = handlers;
  const original = { ...methods };
  let lab: Lab;
  let alice: ShoalClient;
  let bob: ShoalClient;
  let calls: string[];
  const source = (place = '') => join(lab.folder, 'tree', place);
  const inbox = (place = '') => join(lab.subfolder('inbox'), 'tree', place);

  beforeEach(async () => {
    calls = [];
    methods.setEmptyFolders = (params, ...more) => {
      calls.push([...params.empty].sort().join(' '));
      return original.setEmptyFolders(params, ...more);
    };
    lab = new Lab();
    [alice, bob] = await lab.aliceAndBob();
    write('src/a.ts', 'readme.md');
    make('empty', 'src/deep/er', 'build/out', 'src/.cache');
  });
  afterEach(async () => {
    Object.assign(methods, original);
    await lab.close();
  });

  function write(...places: string[]): void {
    for (const place of places) {
      mkdirSync(dirname(source(place)), { recursive: true });
      writeFileSync(source(place), place);
    }
  }
  function make(...places: string[]): void {
    for (const place of places) mkdirSync(source(place), { recursive: true });
  }
  const share = (options = {}) => alice.shareFolder(source(), 'lab', options);
  const fetched = async (options = {}, by = bob) => {
    await by.downloadFolder('lab', 'tree', lab.subfolder('inbox'), options).done;
    return folders();
  };
  const folders = () =>
    readdirSync(inbox(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ parentPath, name }) =>
        join(parentPath, name)
          .slice(inbox().length + 1)
          .replaceAll('\\', '/'),
      )
      .sort();

  it('are there after a download, nested ones too', async () => {
    await share({ exclude: ['.cache'] });
    assert.deepEqual(await fetched(), ['build', 'build/out', 'empty', 'src', 'src/deep', 'src/deep/er']);
    rmSync(inbox('empty'), { recursive: true });
    assert.ok((await fetched()).includes('empty'), 'it comes back');
  });

  it('follow the patterns of the download', async () => {
    await share();
    assert.deepEqual(await fetched({ include: ['*.md', 'src/'], exclude: ['deep/'] }), ['src', 'src/.cache']);
  });

  it('are no longer empty once they have files, and none once they are deleted', async () => {
    await share();
    write('empty/now.txt');
    for (const place of ['src/deep', 'src/.cache']) rmSync(source(place), { recursive: true });
    await share();
    assert.deepEqual(await fetched(), ['build', 'build/out', 'empty', 'src']);
    rmSync(source('build'), { recursive: true });
    await share();
    await share();
    assert.deepEqual(calls.slice(1), ['tree/build/out', ''], 'nothing is told without need');
    rmSync(inbox(), { recursive: true });
    assert.deepEqual(await fetched(), ['empty', 'src']);
  });

  it('of a watched folder are told by themselves', async () => {
    await share({ watch: true });
    const [before] = calls;
    make('later');
    await until(() => calls.length > 1);
    assert.equal(calls[1], [...(before ?? '').split(' '), 'tree/later'].sort().join(' '));
    const shared = nextEvent(alice, 'folderShared');
    write('src/b.ts');
    await shared;
    assert.equal(calls.length, 2);
  });

  it('below a shared folder of its own stay when the outer one is shared again', async () => {
    await alice.shareFolder(source('src'), 'lab', { as: 'tree/src' });
    await share();
    rmSync(source('empty'), { recursive: true });
    await share();
    assert.equal(calls.at(-1), 'tree/build/out tree/src/.cache tree/src/deep/er');
    assert.deepEqual(await fetched(), ['build', 'build/out', 'src', 'src/.cache', 'src/deep', 'src/deep/er']);
  });

  it('leave alone what stands in their place', async () => {
    await share();
    mkdirSync(inbox(), { recursive: true });
    mkdirSync(join(lab.folder, 'elsewhere'));
    writeFileSync(inbox('empty'), 'of the user');
    symlinkSync(join(lab.folder, 'elsewhere'), inbox('build'), 'junction');
    assert.deepEqual(await fetched(), ['src', 'src/.cache', 'src/deep', 'src/deep/er']);
    assert.deepEqual(readdirSync(join(lab.folder, 'elsewhere')), []);
  });

  it('are not believed when the tracker lies', async () => {
    await share();
    const empty = ['../out', 'tree/../../out', '/out', 'tree/src/../../out', 'other/out', 'tree', 'tree/readme.md/x'];
    methods.listEmptyFolders = async () => ({ empty: [...empty, lab.folder, 'tree/fine'], next: null });
    assert.deepEqual(await fetched(), ['fine', 'src']);
    assert.deepEqual(readdirSync(lab.subfolder('inbox')), ['tree']);
    assert.ok(!existsSync(join(lab.folder, 'out')) && !existsSync('/out'));
  });

  it('stop neither a share nor a download, whatever the tracker answers', async () => {
    const fail = async () => {
      throw new ShoalError('INTERNAL', 'It does not work.');
    };
    methods.setEmptyFolders = fail;
    assert.equal((await share()).added, 2);
    Object.assign(methods, original);
    await share();
    methods.listEmptyFolders = fail;
    assert.deepEqual(await fetched(), ['src']);
    methods.listEmptyFolders = original.listEmptyFolders;
    assert.ok((await fetched()).includes('empty'), 'the second share told them');
  });

  it('are not mentioned to a tracker that keeps none', async () => {
    methods.hello = async (...args) => {
      const { offers: _, ...answer } = await original.hello(...args);
      return answer;
    };
    for (const client of [alice, bob]) await client.close();
    [alice, bob] = [(await lab.signedInAgain('alice')).client, (await lab.signedInAgain('bob')).client];
    await share();
    methods.listEmptyFolders = async () => assert.fail('it was asked');
    assert.deepEqual([await fetched(), calls], [['src'], []]);
  });
});
