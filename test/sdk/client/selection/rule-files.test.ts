import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRules } from '../../../../sdk/client/selection/rule-files.js';
import { ShoalError } from '../../../../sdk/index.js';

describe('the ignore files of a folder', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-rules-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const read = async () => readRules(root, await readdir(root, { withFileTypes: true }), false);

  const lines = ['secret.env', 'gehéim.env'];
  for (const name of ['.gitignore', '.shoalignore']) {
    for (const newline of ['\n', '\r\n']) {
      for (const mark of ['', '\ufeff']) {
        const text = mark + lines.join(newline);
        const encoded: Record<string, Buffer> = {
          'UTF-8': Buffer.from(text),
          'UTF-16 LE': Buffer.from(text, 'utf16le'),
          'UTF-16 BE': Buffer.from(text, 'utf16le').swap16(),
        };
        for (const [encoding, bytes] of Object.entries(encoded)) {
          const how = `${encoding}, ${mark ? 'a mark' : 'no mark'}, ${newline === '\n' ? 'LF' : 'CRLF'}`;
          it(`apply in ${name}: ${how}`, async () => {
            writeFileSync(join(root, name), bytes);
            const rules = await read();
            assert.deepEqual(
              [...lines, 'ok'].map((line) => rules?.verdict(line, false)),
              ['out', 'out', undefined],
            );
          });
        }
      }
    }
  }

  it('are read in their order, and a folder of that name has no rules', async () => {
    assert.equal(await read(), undefined);
    mkdirSync(join(root, '.gitignore'));
    assert.equal(await read(), undefined);
    rmSync(join(root, '.gitignore'), { recursive: true });
    writeFileSync(join(root, '.shoalignore'), '!a\nb');
    writeFileSync(join(root, '.gitignore'), 'a\n!b');
    const rules = await read();
    assert.deepEqual([rules?.verdict('a', false), rules?.verdict('b', false)], ['in', 'out']);
  });

  const refused: Record<string, { make: (path: string) => void; says: RegExp }> = {
    'in another encoding': {
      make: (path) => writeFileSync(path, Buffer.from('gehéim', 'latin1')),
      says: /neither in UTF-8 nor in UTF-16: save it as UTF-8\.$/,
    },
    'too large': { make: (path) => writeFileSync(path, Buffer.alloc(1_048_577, 0x61)), says: /1048576 bytes: shorten/ },
    'a link': { make: (path) => symlinkSync('/dev/null', path), says: /a link, .*: replace it by a file\.$/ },
    'not readable': {
      make: (path) => {
        writeFileSync(path, 'a');
        chmodSync(path, 0);
      },
      says: /denied: change its permissions, or remove it\.$/,
    },
  };
  for (const [what, { make, says }] of Object.entries(refused)) {
    it(`stop the share if one is ${what}, and the error names it`, async function () {
      if (process.platform === 'win32' && /link|readable/.test(what)) this.skip(); // links want rights there, and modes do not exist
      if (what === 'not readable' && process.getuid?.() === 0) this.skip(); // who may read everything
      const path = join(root, '.shoalignore');
      make(path);
      await assert.rejects(read(), (error) => {
        assert.ok(error instanceof ShoalError);
        assert.equal(error.code, 'RULES_INVALID');
        assert.ok(error.message.includes(path));
        assert.match(error.message, says);
        return true;
      });
    });
  }
});
