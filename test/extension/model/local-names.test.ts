import assert from 'node:assert/strict';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { freePathBeside, withAddition } from '../../../extension/model/downloads/free-name.js';
import { hasOwnProgram } from '../../../extension/model/trackers/own-program.js';

describe('a free name beside an existing file', () => {
  const beside = (name: string, ...taken: string[]) =>
    freePathBeside(join('/in', name), async (path) => taken.includes(basename(path)));

  it('has the first free number before its ending', async () => {
    const cases = {
      'a.txt': '/in/a (2).txt',
      'a (2).txt': '/in/a (3).txt',
      'film.2024.mkv': '/in/film.2024 (2).mkv',
      'data.tar.gz': '/in/data (2).tar.gz',
      '.profile': '/in/.profile (2)',
      README: '/in/README (2)',
      'Dr. No': '/in/Dr. No (2)',
    };
    for (const [name, wanted] of Object.entries(cases)) assert.equal(await beside(name, name), wanted, name);
  });

  it('stays in its folder, keeps its ending, and is free', async () => {
    const name = fc.stringMatching(/^[a-zA-Zäß0-9 ().-]{1,20}$/).filter((one) => !/^\.{1,2}$/.test(one));
    await fc.assert(
      fc.asyncProperty(name, fc.uniqueArray(fc.integer({ min: 2, max: 12 })), async (one, numbers) => {
        const path = join('/in', one);
        const first = await freePathBeside(path, async () => false);
        const taken = new Set(numbers.map((number) => first.replace(' (2)', ` (${number})`)));
        const found = await freePathBeside(path, async (other) => taken.has(other));
        assert.equal(dirname(found), '/in');
        assert.ok(!taken.has(found) && found !== path);
        assert.match(basename(found), / \(\d+\)/);
      }),
    );
  });
});

describe('a name with an addition', () => {
  it('has it before its ending', () => {
    assert.equal(withAddition('data.tar.gz', 'version 3'), 'data (version 3).tar.gz');
    assert.equal(withAddition('.profile', 'version 3'), '.profile (version 3)');
  });
});

describe("the system's program", () => {
  it('opens media and documents, and nothing that is or looks like a program', () => {
    for (const name of ['a.MP4', 'b.docx', 'c.pdf', 'song.flac', 'x/y.xlsx']) assert.ok(hasOwnProgram(name), name);
    const others = [
      'a.exe',
      'b.pdf.exe',
      'c.docm',
      'd.lnk',
      'e.desktop',
      'f.bat',
      'g.command',
      'h.js',
      'i.html',
      'pdf',
      '.mp4',
    ];
    for (const name of [...others, 'j.png', 'k.txt', 'l.key', 'm.app', 'n.scr', 'o.url', 'p.jar'])
      assert.ok(!hasOwnProgram(name), name);
  });
});
