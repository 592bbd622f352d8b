import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFormats, plain } from '../../../../../extension/details/webview/page/format.js';
import { ENGLISH_WORDS } from '../../../../../extension/details/webview/page/messages.js';
import { fill } from '../../../../../extension/details/webview/page/words.js';

const english = createFormats('en', ENGLISH_WORDS);
const german = createFormats('de', ENGLISH_WORDS);

describe('figures as text', () => {
  it('have binary units for bytes', () => {
    assert.equal(english.bytes(0), '0 B');
    assert.equal(english.bytes(1023), '1,023 B');
    assert.equal(english.bytes(1024), '1.0 KiB');
    assert.equal(english.bytes(1.5 * 1024 ** 2), '1.5 MiB');
    assert.equal(english.bytes(1024 ** 2 - 1), '1.0 MiB');
    assert.equal(english.bytes(250 * 1024 ** 3), '250 GiB');
    assert.equal(english.bytes(5000 * 1024 ** 4), '5,000 TiB');
    assert.equal(german.speed(1.5 * 1024 ** 2), '1,5 MiB/s');
  });

  it('never exceed 1,023 of a unit below the largest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 * 1024 ** 4 }), (bytes) => {
        const figures = Number(english.bytes(bytes).split(' ')[0]?.replaceAll(',', ''));
        assert.ok(figures < 1024);
      }),
    );
  });

  it('say 100 % only when complete', () => {
    assert.equal(english.percent(0.99999), '99.9%');
    assert.equal(english.percent(1), '100%');
    assert.equal(english.percent(-1), '0%');
  });

  it('have the two largest units of a duration', () => {
    assert.equal(english.duration(0), '0 sec');
    assert.equal(english.duration(59.6), '1 min');
    assert.equal(english.duration(312), '5 min 12 sec');
    assert.equal(english.duration(3600), '1 hr');
    assert.equal(english.duration(90_061), '1 day 1 hr');
  });

  it('fall back to English for an invalid locale', () => {
    assert.equal(createFormats('no such locale', ENGLISH_WORDS).number(1234), '1,234');
  });

  it('fill the placeholders of a text, and keep those without a value', () => {
    assert.equal(fill('{1} of {0}, {2}', 'all', '$&'), '$& of all, {2}');
  });

  it('remove changes of direction and line breaks from a name', () => {
    assert.equal(plain('photo\u202Egnp.exe\n'), 'photo\uFFFDgnp.exe\uFFFD');
    assert.equal(plain('Ünïcode 日本 👍'), 'Ünïcode 日本 👍');
    assert.ok(plain('x'.repeat(5000)).length < 400);
  });
});
