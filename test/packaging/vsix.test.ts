import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { VSIX } from '../editor/support/extensions.js';

const CENTRAL_HEADER = Buffer.from('PK\x01\x02');
const MOST_BYTES = 2 * 1024 * 1024;

/** The names in a zip archive, as its central directory lists them. */
function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  for (let at = zip.indexOf(CENTRAL_HEADER); at >= 0; at = zip.indexOf(CENTRAL_HEADER, at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}

describe('the extension, packed', () => {
  const zip = readFileSync(VSIX);
  const names = namesIn(zip);

  it('is small, and has what it runs and shows', () => {
    assert.ok(zip.length < MOST_BYTES, `${zip.length} bytes`);
    for (const name of [
      ...['package.json', 'package.nls.json', 'package.nls.de.json', 'l10n/bundle.l10n.de.json'],
      ...['readme.md', 'changelog.md', 'LICENSE.txt', 'media/icon.png', 'media/readme/overview.png'],
      ...['dist/extension.cjs', 'dist/programs/agent.cjs', 'dist/programs/tracker.cjs'],
      ...['dist/workers/transfer-worker.cjs', 'dist/workers/hash-worker.cjs', 'dist/workers/folder-worker.cjs'],
      'dist/details.js',
    ])
      assert.ok(names.includes(`extension/${name}`), name);
  });

  it('has nothing more: no sources, maps, modules or native code, and no platform', () => {
    assert.deepEqual(
      names.filter((name) => /node_modules|\.(map|ts|tsx|node|vsix|gz)$|\/test\//.test(name)),
      [],
    );
    const manifest = readFileSync(VSIX.replace('dist/shoal.vsix', 'package.json'), 'utf8');
    assert.doesNotMatch(manifest, /"(os|cpu|dependencies)"/);
  });
});
