import assert from 'node:assert/strict';
import { parseSize } from '../../../../sdk/cli/commands/kept-versions.js';
import { changeKeptVersions } from '../../../../sdk/client/api/kept-versions.js';
import { hasCode } from '../../../support/has-code.js';
import { answersTo } from '../answers.js';
import { fakeClient } from '../fake-client.js';

describe('the command about kept versions', () => {
  it('shows and sets what is kept', async () => {
    const client = fakeClient({
      setKeptVersions: (changes) =>
        Object.assign(client, { keptVersions: changeKeptVersions(client.keptVersions, changes) }),
    });
    assert.deepEqual(
      await answersTo(
        client,
        ...['keep_versions', 'keep_versions 1.5G 500K', 'keep_versions none', 'keep_versions lots'],
      ),
      [
        'published files of up to 32 MiB are kept in the data folder, 2 GiB in all',
        'published files of up to 500 KiB are kept in the data folder, 1.50 GiB in all',
        'published files are not kept in the data folder',
        'error USAGE: lots is not a size: write bytes, for example 500M or 2G, or 0 for nothing.',
      ],
    );
  });

  it('reads sizes with binary prefixes', () => {
    assert.deepEqual(['0', '17', '2k', '3MiB', '1.5GB', '1T'].map(parseSize), [
      ...[0, 17, 2048, 3 << 20, 1.5 * 2 ** 30, 2 ** 40],
    ]);
    for (const odd of ['', '-1', '1P', '1e3', '99999999999T']) assert.throws(() => parseSize(odd), hasCode('USAGE'));
  });

  it('has limits that are whole numbers of bytes', () => {
    const kept = { maxFileBytes: 1, maxTotalBytes: 2 };
    assert.deepEqual(changeKeptVersions(kept, false), { maxFileBytes: 1, maxTotalBytes: 0 });
    assert.deepEqual(changeKeptVersions(kept, { maxTotalBytes: undefined, maxFileBytes: 7 }), {
      ...{ maxFileBytes: 7, maxTotalBytes: 2 },
    });
    for (const odd of [-1, 0.5, Number.NaN, Infinity])
      assert.throws(() => changeKeptVersions(kept, { maxFileBytes: odd }), hasCode('INVALID_ARGUMENT'));
  });
});
