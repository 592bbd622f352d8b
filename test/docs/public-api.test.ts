import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type ApiItem, ENTRIES, publicApi } from './public-api.js';

const README = new URL('../../sdk/README.md', import.meta.url);

/** The names in the first column of the tables of each section, by the name in its heading; a heading without a name has the exports themselves. */
function documentedNames(text: string): Map<string, string[]> {
  const reference = text.slice(text.indexOf('\n## Reference\n')).split(/^## /m)[1] ?? '';
  const sections = reference.split(/^### /m).slice(1);
  return new Map(
    sections.flatMap((section) => {
      const heading = section.slice(0, section.indexOf('\n'));
      const rows = [...section.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
        [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name),
      );
      const owners = [...heading.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
      return (owners.length > 0 ? owners : ['']).map((owner): [string, string[]] => [owner, rows]);
    }),
  );
}

describe('the public API', () => {
  let api: ReadonlyMap<string, ReadonlyMap<string, ApiItem>>;

  before(function () {
    this.timeout(120_000);
    api = publicApi();
  });

  for (const entry of Object.keys(ENTRIES)) {
    it(`has a doc comment for every member: ${entry}`, () => {
      const undocumented = [...(api.get(entry)?.values() ?? [])].flatMap((item) => item.undocumented);
      assert.deepEqual(undocumented, []);
    });
  }

  it('of the SDK is in its README, member by member', () => {
    const names = documentedNames(readFileSync(README, 'utf8'));
    const sdk = api.get('@shoal/sdk') ?? new Map<string, ApiItem>();
    const standalone = [...sdk.keys()].filter((name) => !names.has(name));
    assert.deepEqual(names.get('')?.toSorted(), standalone.toSorted());
    for (const [owner, members] of names) {
      if (owner !== '') assert.deepEqual(members.toSorted(), sdk.get(owner)?.members.toSorted(), owner);
    }
  });

  it('is found in a README by headings and first columns', () => {
    const text =
      '## Reference\n### `A` and `B`\n| `x`, `y(z)` | `q` |\n### Others\n| `f()` | g |\n## Next\n### `C`\n| `c` | |\n';
    assert.deepEqual(
      [...documentedNames(`\n${text}`)],
      [
        ['A', ['x', 'y']],
        ['B', ['x', 'y']],
        ['', ['f']],
      ],
    );
  });
});
