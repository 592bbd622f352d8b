import assert from 'node:assert/strict';
import type { FileVersion } from '@shoal/sdk';
import { presentVersion, versionFacts, versionLines } from '../../../../extension/model/presenters/present-versions.js';
import { placeOfPath, versionPath } from '../../../../extension/model/sharing/version-place.js';
import { RowAges } from '../../../../extension/model/tree/row-ages.js';
import { TreeNodes } from '../../../../extension/model/tree/tree-nodes.js';
import { formatAge } from '../../../../extension/words/index.js';
import { file } from '../records.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const version = (more: Partial<FileVersion> = {}): FileVersion => ({
  ...{ version: 3, manifestId: 'a1'.repeat(32), sizeBytes: 2048, publishedBy: 'bob', deviceId: 'b2'.repeat(32) },
  ...{ publishedAtMs: 0, members: 3, membersOnline: 1, ...more },
});

describe('a version', () => {
  it('is shown by number, author and age in a row, from the second one on, or if it is new', () => {
    assert.deepEqual(versionFacts(file('a'), 'me', 0, false), []);
    const first = file('a', { version: 1, publishedBy: 'bob', publishedAtMs: 0 });
    assert.deepEqual([versionFacts(first, 'me', 0, false), versionFacts(first, 'me', 0, true)], [[], ['bob', 'now']]);
    const fourth = file('a', { version: 4, publishedBy: 'bob', publishedAtMs: 0 });
    assert.deepEqual(versionFacts(fourth, 'me', 2 * HOUR_MS, false), ['v4', 'bob', '2 h']);
    assert.deepEqual(versionFacts(fourth, 'bob', 0, true), ['v4', 'me', 'now']);
  });

  it('has all that is known in a tooltip, escaped', () => {
    const fourth = file('a', { version: 4, publishedBy: 'b_b', publishedAtMs: 0, note: '[x](y)' });
    const [first, note, holders] = versionLines(fourth, { members: 3, membersOnline: 1 }, 'en');
    assert.match(first ?? '', /^Version 4, published by b\\_b on /);
    assert.equal(note, 'Note of the author: \\[x\\]\\(y\\)');
    assert.equal(holders, '3 members have it, 1 online');
    assert.deepEqual(versionLines(file('a'), { members: 1, membersOnline: 0 }, 'en'), ['1 member has it, 0 online']);
    assert.deepEqual(versionLines(file('a'), undefined, 'en'), []);
  });

  it('has all that is known in a list, in one line each, without icons of others', () => {
    assert.deepEqual(presentVersion(version({ note: 'two\nlines $(bug)' }), 'me', HOUR_MS, true), {
      label: 'Version 3',
      description: 'bob · 1 h · on this computer',
      detail: '2 KiB · 3 members have it, 1 online · two lines $ (bug)',
    });
    assert.equal(presentVersion(version({ publishedBy: 'me' }), 'me', 0, false).description, 'me · now');
  });

  it('has a path that ends in the name of the file, and leads back to it', () => {
    for (const fileName of ['a.csv', 'v2/x.png', 'süß 50%?#.md']) {
      const place = { groupId: 'Film AG', fileName, version: 12 };
      assert.ok(versionPath(place).endsWith(`/${fileName}`));
      assert.deepEqual(placeOfPath(versionPath(place)), place);
    }
    for (const path of ['', '/lab', '/lab/v1', '/lab/v1/', '/lab/v0/a', '/lab/x1/a', '/lab/v9999999999/a'])
      assert.equal(placeOfPath(path), undefined, path);
  });
});

describe('an age', () => {
  it('has one unit', () => {
    const ages = [-5, 59_999, 60_000, HOUR_MS - 1, HOUR_MS, DAY_MS - 1, DAY_MS, 59 * DAY_MS, 60 * DAY_MS, 800 * DAY_MS];
    assert.deepEqual(
      ages.map((ms) => formatAge(0, ms)),
      ['now', 'now', '1 min', '59 min', '1 h', '23 h', '1 d', '59 d', '2 mo', '2 y'],
    );
  });

  it('has its row drawn again only when it reads otherwise', () => {
    const [ages, nodes] = [new RowAges(), new TreeNodes()];
    const [young, old, gone] = ['young', 'old', 'gone'].map((name) => nodes.file('lab', name));
    assert.ok(young && old && gone);
    ages.show(young, 0, 60_000);
    ages.show(old, -9 * HOUR_MS, 60_000);
    ages.show(gone, 0, 60_000);
    ages.drop(gone);
    assert.deepEqual(ages.due(119_999), []);
    assert.deepEqual(ages.due(120_000), [young]);
    assert.deepEqual(ages.due(120_000), [], 'until it is shown again');
  });
});
