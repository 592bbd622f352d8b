import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatSpeed,
  formatTime,
  speak,
} from '../../../extension/words/index.js';

const MIB = 1024 ** 2;
const TIB = 1024 ** 4;

describe('figures', () => {
  afterEach(() => speak());

  it('are sizes in the largest unit that fits, with three digits', () => {
    assert.equal(formatBytes(0), '0 bytes');
    assert.equal(formatBytes(1), '1 byte');
    assert.equal(formatBytes(1023), '1,023 bytes');
    assert.equal(formatBytes(1024), '1 KiB');
    assert.equal(formatBytes(1.25 * MIB), '1.25 MiB');
    assert.equal(formatBytes(12.34 * MIB), '12.3 MiB');
    assert.equal(formatBytes(123.4 * MIB), '123 MiB');
    assert.equal(formatBytes(TIB), '1 TiB');
    assert.equal(formatBytes(5000 * TIB), '5,000 TiB');
  });

  it('never show 1,024 of a unit below a larger one', () => {
    assert.equal(formatBytes(MIB - 1), '1 MiB');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1023 * TIB }), (bytes) => {
        assert.ok(Number(formatBytes(bytes).split(' ')[0]?.replaceAll(',', '')) < 1024);
      }),
    );
  });

  it('are speeds in whole bytes', () => {
    assert.equal(formatSpeed(0.4), '0 bytes/s');
    assert.equal(formatSpeed(1.2), '1 byte/s');
    assert.equal(formatSpeed(2.5 * MIB), '2.5 MiB/s');
  });

  it('say 100 % only when complete', () => {
    assert.equal(formatPercent(0, 0), '0 %');
    assert.equal(formatPercent(1, 3), '33 %');
    assert.equal(formatPercent(3, 3), '100 %');
    assert.equal(formatPercent(4, 3), '100 %');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: TIB }), fc.nat(), (whole, missing) => {
        const done = whole - 1 - (missing % whole);
        assert.notEqual(formatPercent(done, whole), '100 %');
        assert.match(formatPercent(done, whole), /^\d{1,2} %$/);
      }),
    );
  });

  it('are rough durations', () => {
    assert.equal(formatDuration(0), '0 s');
    assert.equal(formatDuration(1), '1 s');
    assert.equal(formatDuration(59_000), '59 s');
    assert.equal(formatDuration(59_001), '1 min');
    assert.equal(formatDuration(61_000), '2 min');
    assert.equal(formatDuration(3_599_001), '1 h');
    assert.equal(formatDuration(12_000_000), '3 h 20 min');
    assert.equal(formatDuration(100 * 3_600_000), '100 h');
  });

  it('never show a time that is too short, nor sixty of a unit', () => {
    fc.assert(
      fc.property(fc.nat(400 * 3_600_000), (ms) => {
        const [, hours = '0', minutes = '0', seconds = '0'] =
          /^(?:(\d+) h ?)?(?:(\d+) min)?(?:(\d+) s)?$/.exec(formatDuration(ms)) ?? assert.fail(formatDuration(ms));
        assert.ok((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 >= ms);
        assert.ok(Number(minutes) < 60 && Number(seconds) < 60);
      }),
    );
  });

  it('have the format of the language', () => {
    speak(undefined, 'de');
    assert.equal(formatBytes(1023), '1.023 bytes');
    assert.equal(formatBytes(1.5 * MIB), '1,5 MiB');
    assert.equal(formatSpeed(12.34 * MIB), '12,3 MiB/s');
    assert.equal(formatPercent(1, 3), '33 %');
    assert.equal(formatDuration(12_000_000), '3 h 20 min');
  });

  it('are English again afterwards', () => {
    assert.equal(formatBytes(1.5 * MIB), '1.5 MiB');
  });

  it('are times of day, with the date for another day', () => {
    const now = new Date(2026, 4, 6, 23, 59).getTime();
    assert.match(formatTime(new Date(2026, 4, 6, 0, 5).getTime(), now), /^12:05\sAM$/);
    assert.match(formatTime(new Date(2026, 4, 5, 23, 58).getTime(), now), /^May 5, 2026, 11:58\sPM$/);
    speak((text) => text, 'de');
    assert.equal(formatTime(new Date(2026, 4, 6, 0, 5).getTime(), now), '00:05');
  });
});
