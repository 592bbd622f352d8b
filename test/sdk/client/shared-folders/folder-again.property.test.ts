import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import type { ShoalClient } from '../../../../sdk/index.js';
import { Lab } from '../support.js';

type Step =
  | { readonly do: 'write'; readonly place: string; readonly text: string }
  | { readonly do: 'delete'; readonly place: string }
  | { readonly do: 'move'; readonly from: string; readonly to: string }
  | { readonly do: 'ignore'; readonly rules: readonly string[] }
  | { readonly do: 'share' };

const NAMES = ['a', 'b', 'c'];
/** Files and folders have different names, so that no step replaces the one by the other. */
const place = fc
  .tuple(fc.constantFrom('', 'x/', 'y/', 'x/y/'), fc.constantFrom(...NAMES))
  .map(([folder, name]) => `${folder}${name}`);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('write' as const), place, text: fc.constantFrom('', '1', '22', '333') }),
  fc.record({ do: fc.constant('delete' as const), place }),
  fc.record({ do: fc.constant('move' as const), from: place, to: place }),
  fc.record({ do: fc.constant('ignore' as const), rules: fc.subarray([...NAMES, 'x', 'y']) }),
  fc.record({ do: fc.constant('share' as const) }),
);

describe('a folder that is shared again and again', function () {
  this.timeout(120_000);
  let lab: Lab;
  let alice: ShoalClient;

  before(async () => {
    lab = new Lab();
    await lab.startTracker();
    alice = await lab.signedIn('alice');
    await alice.createGroup('lab');
  });
  after(() => lab.close());

  it('is in the group what it is on the disk, whatever happened to it, and says what has changed', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
        const folder = `f${run++}`;
        const root = lab.subfolder(folder);
        writeFileSync(join(root, '.shoalignore'), '');
        const files = new Map<string, string>();
        let rules: readonly string[] = [];
        let inGroup = new Map<string, string>();
        for (const one of [...steps, { do: 'share' } as const]) {
          if (one.do === 'share') inGroup = await shareAndCompare(folder, inGroup, shareable(files, rules));
          else rules = play(root, one, files, rules);
        }
      }),
      { numRuns: 15 },
    );
  });

  async function shareAndCompare(
    folder: string,
    before: ReadonlyMap<string, string>,
    now: Map<string, string>,
  ): Promise<Map<string, string>> {
    const result = await alice.shareFolder(join(lab.folder, folder), 'lab');
    assert.deepEqual(result.skipped, []);
    const listed = await alice.listFiles('lab', { folder });
    const expected = [...now].map(([name, text]) => `${folder}/${name} ${text.length}`).sort();
    assert.deepEqual(listed.map(({ fileName, sizeBytes }) => `${fileName} ${sizeBytes}`).sort(), expected);
    const kept = [...now].filter(([name]) => before.has(name));
    const same = kept.filter(([name, text]) => before.get(name) === text).length;
    assert.deepEqual(
      { added: result.added, changed: result.changed, unchanged: result.unchanged, removed: result.removed },
      {
        ...{ added: now.size - kept.length, changed: kept.length - same, unchanged: same },
        removed: before.size - kept.length,
      },
    );
    return now;
  }
});

/** The files that are shared, with their content. */
function shareable(files: ReadonlyMap<string, string>, rules: readonly string[]): Map<string, string> {
  const kept = [...files].filter(([path]) => !path.split('/').some((name) => rules.includes(name)));
  const text = rules.join('\n');
  return new Map([...kept, ['.shoalignore', text]]);
}

/** Plays a step on the disk and in `files`. @returns the rules from then on */
function play(
  root: string,
  one: Exclude<Step, { do: 'share' }>,
  files: Map<string, string>,
  rules: readonly string[],
): readonly string[] {
  const path = (name: string) => join(root, name);
  writeFileSync(path('.shoalignore'), rules.join('\n'));
  switch (one.do) {
    case 'write':
      mkdirSync(dirname(path(one.place)), { recursive: true });
      writeFileSync(path(one.place), one.text);
      files.set(one.place, one.text);
      return rules;
    case 'delete':
      rmSync(path(one.place), { force: true });
      files.delete(one.place);
      return rules;
    case 'move': {
      const text = files.get(one.from);
      if (text === undefined) return rules;
      mkdirSync(dirname(path(one.to)), { recursive: true });
      renameSync(path(one.from), path(one.to));
      files.delete(one.from);
      files.set(one.to, text);
      return rules;
    }
    case 'ignore':
      writeFileSync(path('.shoalignore'), one.rules.join('\n'));
      return one.rules;
  }
}
