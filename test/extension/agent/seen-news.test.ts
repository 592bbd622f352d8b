import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeenNews } from '../../../extension/agent/seen-news.js';

describe('how far the news were seen', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-seen-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const seen = (groupId: string, seenMs = 1) => ({ groupId, seenMs, toldMs: 2, toldAtMs: 3 });

  it('is kept for the next agent, for each user', async () => {
    const one = await SeenNews.load(folder);
    one.keep('tracker/ann', [seen('lab')]);
    one.keep('tracker/bob', [seen('lab', 5)]);
    one.keep('tracker/ann', [seen('lab', 7), seen('choir')]);
    await one.saved();
    const next = await SeenNews.load(folder);
    assert.deepEqual(next.of('tracker/ann'), [seen('lab', 7), seen('choir')]);
    assert.deepEqual(next.of('tracker/bob'), [seen('lab', 5)]);
    assert.deepEqual(next.of('tracker/cem'), []);
  });

  it('is dropped if it is unreadable, and the oldest of very many', async () => {
    writeFileSync(join(folder, 'news.json'), '{"version":1,"users":[{"owner":7}]}');
    const one = await SeenNews.load(folder);
    assert.deepEqual(one.of('tracker/ann'), []);
    for (let user = 0; user < 30; user++) one.keep(`tracker/${user}`, [seen('lab')]);
    one.keep(
      'tracker/ann',
      Array.from({ length: 3000 }, (_, index) => seen(`g${index}`)),
    );
    await one.saved();
    const next = await SeenNews.load(folder);
    assert.deepEqual([next.of('tracker/0'), next.of('tracker/ann').length], [[], 2000]);
    assert.equal(next.of('tracker/ann').at(-1)?.groupId, 'g2999');
  });
});
