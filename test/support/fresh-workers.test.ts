import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { staleness } from './fresh-workers.js';

const BUILT = { sources: ['sdk'], workers: 'sdk/dist/workers' };

describe('the check for stale workers', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'shoal-fresh-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** Creates a file with this modification time. */
  function file(path: string, atSeconds: number): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
    utimesSync(join(root, path), atSeconds, atSeconds);
  }

  it('accepts workers that are as new as all sources, or newer', () => {
    file('sdk/engine/engine.ts', 100);
    file('sdk/index.ts', 90);
    file('sdk/dist/workers/a.cjs', 100);
    file('sdk/dist/workers/b.cjs', 101);
    assert.equal(staleness(root, BUILT), undefined);
  });

  it('refuses a worker that is older than a source, and names both', () => {
    file('sdk/engine/engine.ts', 102);
    file('sdk/dist/workers/a.cjs', 101);
    file('sdk/dist/workers/b.cjs', 103);
    assert.equal(staleness(root, BUILT), 'sdk/engine/engine.ts is newer than sdk/dist/workers/a.cjs');
  });

  it('refuses a folder without workers', () => {
    file('sdk/engine/engine.ts', 100);
    assert.equal(staleness(root, BUILT), 'sdk/dist/workers has no workers');
  });

  it('looks at no installed package, no declaration that was built and no other file', () => {
    file('sdk/dist/workers/a.cjs', 100);
    file('sdk/node_modules/x/index.ts', 200);
    file('sdk/dist/esm/index.d.ts', 200);
    file('sdk/README.md', 200);
    assert.equal(staleness(root, BUILT), undefined);
  });
});
