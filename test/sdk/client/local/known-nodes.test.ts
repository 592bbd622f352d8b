import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KnownNodes } from '../../../../sdk/client/local/known-nodes.js';
import { MAX_TRACKER_NODES } from '../../../../sdk/protocol/index.js';

const [F, G] = ['ab'.repeat(32), 'cd'.repeat(32)];
const [ONE, TWO] = [
  { host: '192.0.2.1', port: 6970 },
  { host: 'node.example', port: 443 },
];

describe('the nodes that trackers told', () => {
  let folder: string;
  let warnings: string[];
  const open = () => KnownNodes.open(folder, (message) => warnings.push(message));
  const placesOf = (known: KnownNodes, fingerprint: string) =>
    known.of(fingerprint).map(({ host, port }) => ({ host, port }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-nodes-'));
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are kept for each key, the latest instead of the former ones', async () => {
    const known = await open();
    assert.deepEqual(known.of(F), []);
    await known.learn(F, [ONE], false);
    await known.learn(G, [TWO], false);
    await known.learn(F, [ONE, TWO], false);
    const again = await open();
    assert.deepEqual([placesOf(again, F), placesOf(again, G)], [[ONE, TWO], [TWO]]);
    assert.deepEqual(again.of(G), [{ ...TWO, fingerprint: G, isTold: true }]);
    await again.learn(F, [], false);
    assert.deepEqual([placesOf(await open(), F), placesOf(await open(), G)], [[], [TWO]]);
    assert.deepEqual(warnings, []);
  });

  it('are no places on this computer unless the tracker is, and none that a tracker must not name', async () => {
    const known = await open();
    const here = { host: '127.0.0.1', port: 6970 };
    const name = { host: 'localhost', port: 6970 };
    const wrong = [
      { host: '169.254.169.254', port: 6970 },
      { host: '0.0.0.0', port: 6970 },
      { host: '192.0.2.1', port: 25 },
      { host: 'a b', port: 6970 },
      { host: '127.1', port: 6970 },
    ];
    await known.learn(F, [here, name, ...wrong, ONE], false);
    await known.learn(G, [here, name, ...wrong, ONE], true);
    assert.deepEqual([placesOf(known, F), placesOf(known, G)], [[ONE], [here, ONE]]);
  });

  it('are bounded', async () => {
    const known = await open();
    const keys = Array.from({ length: 70 }, (_none, index) => index.toString(16).padStart(64, '0'));
    for (const key of keys) await known.learn(key, [ONE], false);
    const again = await open();
    assert.equal(keys.filter((key) => again.of(key).length > 0).length, 64);
    assert.deepEqual([again.of(keys[0] ?? ''), again.of(keys[69] ?? '').length], [[], 1]);
  });

  it('are learnt anew if their file is damaged, which is told, as if it cannot be written', async () => {
    const path = join(folder, 'known-nodes.json');
    for (const text of [
      ...['', '{', '[]', '{"x":[]}', `{"${F}":"a:1"}`, `{"${F}":["a"]}`, `{"${F}":["169.254.1.1:6970"]}`],
      JSON.stringify({ [F]: Array.from({ length: MAX_TRACKER_NODES + 1 }, (_none, index) => `a:${6970 + index}`) }),
      ' '.repeat(300_000),
    ]) {
      writeFileSync(path, text);
      assert.deepEqual((await open()).of(F), [], text.slice(0, 100));
      assert.match(warnings.pop() ?? '', /known-nodes\.json cannot be read/);
    }
    rmSync(path);
    mkdirSync(join(path, 'in the way'), { recursive: true });
    const known = await open();
    await known.learn(F, [ONE], false);
    assert.deepEqual(placesOf(known, F), [ONE]);
    assert.match(warnings.pop() ?? '', /forgotten at the end of this run/);
  });
});
