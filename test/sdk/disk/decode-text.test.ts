import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeText } from '../../../sdk/disk/index.js';

const little = (text: string) => Buffer.from(text, 'utf16le');
const big = (text: string) => Buffer.from(text, 'utf16le').swap16();
const bytes = (...all: number[]) => Buffer.from(all);

describe('the encoding of a text file', () => {
  it('is UTF-8 or UTF-16, with or without a mark', () => {
    const text = 'gehéim.env\r\n*.key\n';
    const table: Record<string, Buffer> = {
      'UTF-8': Buffer.from(text),
      'UTF-8 with a mark': Buffer.from(`\ufeff${text}`),
      'UTF-16 LE with a mark': little(`\ufeff${text}`),
      'UTF-16 BE with a mark': big(`\ufeff${text}`),
      'UTF-16 LE': little(text),
      'UTF-16 BE': big(text),
    };
    for (const [encoding, encoded] of Object.entries(table)) assert.equal(decodeText(encoded), text, encoding);
    assert.equal(decodeText(bytes()), '');
    assert.equal(decodeText(bytes(0xff, 0xfe)), '');
  });

  it('is not guessed', () => {
    const table: Record<string, Buffer> = {
      'Latin-1': Buffer.from('gehéim', 'latin1'),
      'UTF-8 that is cut off': Buffer.from('é').subarray(0, 1),
      'UTF-8 with a NUL': Buffer.from('a\0bc'),
      'UTF-16 LE of an odd length': little('\ufeffab').subarray(0, 5),
      'UTF-16 LE with half a character': little('\ufeff\ud83d'),
      'UTF-16 BE with half a character': big('\ufeff\udc1f'),
      'UTF-16 LE without a mark, and a character above U+00FF': little('ж.env\n'),
      'UTF-16 BE without a mark, and a character above U+00FF': big('ж.env\n'),
      'UTF-32 LE with a mark': bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0),
      'UTF-32 BE with a mark': bytes(0, 0, 0xfe, 0xff, 0, 0, 0, 0x61),
      'UTF-32 LE': bytes(0x61, 0, 0, 0),
      NULs: bytes(0, 0, 0, 0),
    };
    for (const [encoding, encoded] of Object.entries(table)) assert.equal(decodeText(encoded), undefined, encoding);
  });

  it('does not change a text', () => {
    const texts = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && !text.startsWith('\ufeff'));
    fc.assert(
      fc.property(texts, (text) => {
        assert.equal(decodeText(Buffer.from(text)), text);
        assert.equal(decodeText(little(`\ufeff${text}`)), text);
        assert.equal(decodeText(big(`\ufeff${text}`)), text);
      }),
    );
  });

  it('is at most one without a mark', () => {
    const anyBytes = fc.uint8Array({ maxLength: 12 });
    const few = fc
      .array(fc.constantFrom(0, 0x0a, 0x61, 0xc3, 0xa9, 0xd8), { maxLength: 8 })
      .map((all) => Buffer.from(all));
    fc.assert(
      fc.property(fc.oneof(anyBytes, few), (encoded) => {
        fc.pre(!(encoded[0] === 0xff && encoded[1] === 0xfe) && !(encoded[0] === 0xfe && encoded[1] === 0xff));
        const text = decodeText(encoded);
        if (text === undefined) return;
        const again = [Buffer.from(text), Buffer.from(`\ufeff${text}`), little(text), big(text)];
        assert.ok(again.some((one) => one.equals(encoded)));
      }),
    );
  });
});
