import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseRate } from '../../../../sdk/cli/commands/limits.js';
import { changeLimits } from '../../../../sdk/client/api/limits.js';
import type { Limits } from '../../../../sdk/index.js';
import { answersTo } from '../answers.js';
import { FakeDownload, FakeFolder, fakeClient } from '../fake-client.js';

describe('commands about limits', () => {
  it('show them, and set each', async () => {
    const client = fakeClient({
      setLimits: (changes) => Object.assign(client, { limits: { ...client.limits, ...changes } as Limits }),
    });
    assert.deepEqual(
      await answersTo(
        client,
        ...['show_limits', 'set_limit download 2M', 'set_limit UPLOAD 1500', 'set_limit at_once none'],
      ),
      [
        'downloads: no limit, 5 at once; uploads: no limit',
        'downloads: 2.00 MB/s at most, 5 at once; uploads: no limit',
        'downloads: 2.00 MB/s at most, 5 at once; uploads: 1500 bytes/s at most',
        'downloads: 2.00 MB/s at most, 0 at once; uploads: 1500 bytes/s at most',
      ],
    );
  });

  it('set the speed and the priority of one download that is not over', async () => {
    const download = new FakeDownload('lab', 'a');
    const told: unknown[] = [];
    download.setLimit = (...args: unknown[]) => Promise.resolve(void told.push(...args));
    download.setPriority = (...args: unknown[]) => Promise.resolve(void told.push(...args));
    const folder = new FakeFolder();
    folder.setLimit = (...args: unknown[]) => Promise.resolve(void told.push(`folder ${args.join()}`));
    folder.setPriority = (...args: unknown[]) => Promise.resolve(void told.push(`folder ${args.join()}`));
    const over = new FakeDownload('lab', 'b', { name: 'complete', path: '/b' });
    const client = fakeClient({ downloads: () => [download, over], folderDownloads: () => [folder] });
    const answers = await answersTo(
      client,
      ...['limit_download LAB A 500K', 'set_priority lab a HIGH', 'limit_download lab a 0', 'set_priority lab b low'],
      ...['set_priority lab photos low', 'limit_download lab photos/ 2M'],
    );
    assert.deepEqual(answers, [
      'download of a from lab: no limit',
      'download of a from lab has high priority',
      'download of a from lab: no limit',
      'error DOWNLOAD_NOT_FOUND: No download of b from lab is unfinished: it is complete.',
      'download of photos/ from lab has low priority',
      'download of photos/ from lab: no limit',
    ]);
    assert.deepEqual(told, [500_000, 'high', 0, 'folder low', 'folder 2000000']);
  });

  it('clear what is complete, and nothing else', async () => {
    let cleared = 0;
    const downloads = () => [
      new FakeDownload('lab', 'a'),
      new FakeDownload('lab', 'b', { name: 'complete', path: '/b' }),
    ];
    const client = fakeClient({ downloads, clearDownloads: () => void cleared++ });
    assert.deepEqual(await answersTo(client, 'clear_downloads'), [
      '1 complete download removed from the list; the files stay, and stay shared',
    ]);
    assert.equal(cleared, 1);
  });

  const wrong: [line: string, answer: RegExp][] = [
    [
      'set_limit download fast',
      /^error USAGE: fast is not a speed: write bytes per second, for example 500K or 2M, or 0/,
    ],
    ['set_limit download -1', /^error USAGE: -1 is not a speed/],
    ['set_limit download 1e3', /^error USAGE: 1e3 is not a speed/],
    [
      'set_limit download 10',
      /^error USAGE: 10 is too slow for a limit: write at least 1000 bytes per second, for example 500K/,
    ],
    ['set_limit upload 0.9K', /^error USAGE: 0\.9K is too slow for a limit/],
    ['set_limit download 99999999999G', /^error USAGE: 99999999999G is not a speed/],
    ['limit_download lab a 999', /^error USAGE: 999 is too slow for a limit/],
    ['limit_download lab a', /^error USAGE: Too few words\. Write: limit_download <group_id> <filename> <rate>$/],
    ['set_limit at_once 1.5', /^error USAGE: 1\.5 is not a number of downloads/],
    ['set_limit at_once 2M', /^error USAGE: 2M is not a number of downloads/],
    ['set_limit sideways 2M', /^error USAGE: There is no limit sideways: write download, upload or at_once\.$/],
    ['set_limit download', /^error USAGE: Too few words\. Write: set_limit <limit> <value>$/],
    ['set_priority lab a urgent', /^error USAGE: There is no priority urgent: write high, normal or low\.$/],
    ['set_limits', /^error UNKNOWN_COMMAND: There is no command set_limits: did you mean set_limit\?$/],
    ['show_upload', /did you mean show_uploads\?$/],
    ['change_passwd a b', /did you mean change_password\?$/],
  ];
  for (const [line, answer] of wrong) {
    it(`say in one line what is wrong with ${line}`, async () => {
      const answers = await answersTo(fakeClient({ downloads: () => [new FakeDownload('lab', 'a')] }), line);
      assert.equal(answers.length, 1);
      assert.match(answers[0] ?? '', answer);
    });
  }

  it('refuse in their own words what the client would refuse in its', async () => {
    const limits = { downloadBytesPerSecond: undefined, uploadBytesPerSecond: undefined, downloadsAtOnce: 5 };
    const client = fakeClient({ setLimits: (changes) => void changeLimits(limits, changes) });
    const number = fc.oneof(fc.nat(2000), fc.maxSafeNat(), fc.double({ min: 0, noNaN: true }));
    const value = fc.tuple(number, fc.constantFrom('', 'K', 'm', 'GB/s')).map(([digits, unit]) => `${digits}${unit}`);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('download', 'upload', 'at_once'), value, async (limit, text) => {
        const [answer] = await answersTo(client, `set_limit ${limit} ${text}`);
        assert.match(answer ?? '', /^(downloads: |error USAGE: )/);
      }),
    );
  });

  it('take speeds in the units in which they are shown', () => {
    for (const [text, rate] of [
      ['0', 0],
      ['none', 0],
      ['1000', 1000],
      ['1.5M', 1_500_000],
      ['2MB/s', 2_000_000],
      ['3g', 3e9],
    ] as const)
      assert.equal(parseRate(text), rate, text);
    fc.assert(fc.property(fc.nat(1e9), (kilobytes) => assert.equal(parseRate(`${kilobytes}K`), kilobytes * 1000)));
  });
});
