import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HIGHEST_KEPT_PORT, KeptPort, LOWEST_KEPT_PORT } from '../../../../sdk/client/local/kept-port.js';

describe('the port that a device keeps', () => {
  let folder: string;
  let warnings: string[];
  const open = () => KeptPort.open(folder, (message) => warnings.push(message));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-port-'));
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is chosen below those that systems give to outgoing connections, and stays', async () => {
    const first = await open();
    assert.equal(first.port, undefined);
    for (let index = 0; index < 1000; index++) {
      const port = first.choose();
      assert.ok(port >= LOWEST_KEPT_PORT && port <= HIGHEST_KEPT_PORT, `${port}`);
    }
    await first.keep(24_816);
    const again = await open();
    assert.deepEqual([again.port, again.choose()], [24_816, 24_816]);
    assert.notEqual(again.chooseOther(), 24_816);
    assert.deepEqual(warnings, []);
  });

  it('is another one if its file is damaged, which is told', async () => {
    const path = join(folder, 'listen-port.json');
    for (const text of ['', '{', '{"port":80}', '{"port":"24816"}', '[]', '{"port":24816.5}', ' '.repeat(5000)]) {
      writeFileSync(path, text);
      assert.equal((await open()).port, undefined, text);
      assert.match(warnings.pop() ?? '', /listen-port\.json cannot be read/);
    }
    await (await open()).keep(24_816);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { port: 24_816 });
  });
});
