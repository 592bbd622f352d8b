import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  downloadTooltip,
  isHeldKnown,
  presentDownload,
  presentUnderWay,
  presentUpload,
  problemOf,
  totalSpeeds,
} from '../../../../extension/model/presenters/present-transfers.js';
import { download, STATES, source, upload } from '../records.js';

const FULL = { code: 'NO_SPACE', message: 'As the SDK says it.' };

describe('a download in the list', () => {
  it('describes every state', () => {
    const descriptions = STATES.map((state) => {
      const row = presentDownload(download({ state, error: state === 'failed' ? FULL : null }));
      assert.ok(row.spoken.includes(row.label) && row.spoken.includes(row.description), row.spoken);
      assert.ok(row.icon);
      return [state, row.description];
    });
    assert.deepEqual(Object.fromEntries(descriptions), {
      queued: '50 % · waiting for its turn',
      starting: 'preparing',
      downloading: '50 % · 512 bytes/s · 2 s left · 0 sources',
      waiting: '50 % · waiting for a source',
      verifying: 'verifying the whole file',
      paused: '50 % · paused',
      complete: '2 KiB · complete',
      failed: 'failed: There is not enough space on the disk: free some, or choose another folder.',
      cancelled: 'cancelled',
    });
  });

  it('has a token for the possible actions', () => {
    const tokens = STATES.map((state) => [state, presentDownload(download({ state })).contextValue]);
    assert.deepEqual(Object.fromEntries(tokens), {
      ...{
        queued: 'download:active:queued',
        starting: 'download:active',
        downloading: 'download:active',
        waiting: 'download:active',
      },
      ...{ verifying: 'download:active', paused: 'download:paused', complete: 'download:complete' },
      ...{ failed: 'download:failed', cancelled: 'download:cancelled' },
    });
  });

  it('shows the remaining time only if it is known', () => {
    for (const more of [{ etaMs: null }, { bytesPerSecond: 0 }])
      assert.doesNotMatch(presentDownload(download(more)).description, /left/);
  });

  it('counts the serving sources', () => {
    const sources = [source('a', 'ready'), source('b', 'gone'), source('c', 'banned'), source('d', 'connecting')];
    assert.match(presentDownload(download({ sources })).description, / · 1 source$/);
    assert.match(
      presentDownload(download({ sources: [...sources, source('e', 'stalled')] })).description,
      / · 2 sources$/,
    );
  });

  it('is never at 100 % before it is complete', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STATES),
        fc.integer({ min: 1, max: 1024 ** 4 }),
        fc.nat(1024),
        (state, sizeBytes, missing) => {
          const half = download({ state, sizeBytes, doneBytes: Math.max(0, sizeBytes - 1 - missing) });
          assert.doesNotMatch(presentDownload(half).description, /100 %/);
        },
      ),
    );
  });

  it('shows why it failed, with a text if there is one', () => {
    assert.equal(problemOf(download()), '');
    assert.match(problemOf(download({ error: FULL })), /^There is not enough space/);
    assert.equal(problemOf(download({ error: { code: 'OF_A_LATER_SHOAL', message: 'Later.' } })), 'Later.');
  });

  it('shows its own limit while it runs', () => {
    assert.match(presentDownload(download({ limitBytesPerSecond: 1 << 20 })).description, / · limited to 1 MiB\/s$/);
  });

  it('shows all of its details, escaped', () => {
    const result = { manifestId: 'a1'.repeat(32), fileDigest: 'd1'.repeat(32) };
    const error = { code: 'OF_A_LATER_SHOAL', message: '[x](y)\r\nz' };
    const lines = downloadTooltip(
      download({ fileName: '*a*', groupId: 'g_1', result, error, sources: [source('b-b', 'ready')] }),
    ).split('\n\n');
    assert.deepEqual(lines, [
      '**\\*a\\***',
      'From group g\\_1 to /home/me/a \\(1\\)\\.bin',
      '1 KiB of 2 KiB, 2 of 4 pieces',
      '\\[x\\]\\(y\\) z',
      '- b\\-b: 1 KiB, 256 bytes/s',
      `File digest: \`${result.fileDigest}\``,
    ]);
    const many = Array.from({ length: 50 }, (_, index) => source(`u${index}`, 'ready'));
    assert.equal(downloadTooltip(download({ sources: many })).match(/^- /gm)?.length, 10);
  });
});

describe('an upload in the list', () => {
  it('shows the user, the speed, and the sent bytes', () => {
    const row = presentUpload(upload());
    assert.equal(row.description, 'to bob · 512 bytes/s · 1 KiB sent');
    assert.equal(row.spoken, 'Upload of a.bin, to bob · 512 bytes/s · 1 KiB sent');
    assert.equal(row.contextValue, 'upload');
  });
});

describe('the current speeds', () => {
  it('are summed up in each direction', () => {
    assert.deepEqual(totalSpeeds([], []), { down: 0, up: 0 });
    const downloads = new Map([1, 2].map((speed) => [speed, download({ bytesPerSecond: speed })]));
    assert.deepEqual(totalSpeeds(downloads.values(), [upload(), upload()]), { down: 3, up: 1024 });
  });
});

describe('the number of active transfers', () => {
  it('counts downloads and uploads, and is never empty while data flows', () => {
    const [still, moving] = [upload({ bytesPerSecond: 0 }), upload({ bytesPerSecond: 1 })];
    assert.equal(presentUnderWay([], []), '');
    assert.equal(presentUnderWay([download({ state: 'paused' })], [still]), '');
    assert.equal(presentUnderWay([], [moving, still]), '1 active');
    assert.equal(presentUnderWay([download(), download({ state: 'queued' })], [moving]), '2 active');
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...STATES)), fc.array(fc.nat(2)), (states, speeds) => {
        const uploads = speeds.map((bytesPerSecond) => upload({ bytesPerSecond }));
        const text = presentUnderWay(
          states.map((state) => ({ state })),
          uploads,
        );
        assert.doesNotMatch(text, /^0 /);
        assert.equal(text === '', !states.includes('downloading') && speeds.every((speed) => speed === 0));
      }),
    );
  });

  it('the pieces without a source', () => {
    const states = ['connecting', 'gone', 'banned', 'ready', 'stalled'] as const;
    const known = (completeSources: number | undefined) =>
      states.map((state) => isHeldKnown(download({ sources: [source('bob', state)] }), completeSources));
    assert.deepEqual(known(0), [false, false, false, true, true]);
    for (const count of [1, 5, undefined]) assert.deepEqual(known(count), [false, false, false, false, false]);
    assert.equal(isHeldKnown(download({ sources: [] }), 0), false);
  });
});
