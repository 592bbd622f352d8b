import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShownCopies } from '../../../extension/editor/shown-copies.js';

describe('copies of versions that are shown', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-shown-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("have the file's name and cannot be edited, and the first make room", async () => {
    const shown = new ShownCopies(join(folder, 'shown'));
    const original = join(folder, 'content');
    const paths: string[] = [];
    for (let index = 0; index < 22; index++) {
      writeFileSync(original, `content ${index}`);
      paths.push(await shown.show(original, `a${index}`, 'notes.md'));
    }
    const last = paths.at(-1) ?? '';
    assert.ok(last.endsWith('notes.md'));
    assert.equal(readFileSync(last, 'utf8'), 'content 21');
    assert.equal(statSync(last).mode & 0o222, 0);
    assert.equal(readdirSync(join(folder, 'shown')).length, 20);
    assert.equal(await shown.show(original, 'a21', 'notes.md'), last);
  });
});
