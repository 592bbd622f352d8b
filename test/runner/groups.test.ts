import assert from 'node:assert/strict';
import { GROUP_NAMES, groupFiles } from './groups.js';

describe('groups of test files', () => {
  const files = [
    'sdk/client/a.test.ts',
    'sdk/clients.test.ts',
    'editor/person/b.test.ts',
    'tracker/c.test.ts',
    'd.test.ts',
  ];

  it('have each file once, in the order of the rules', () => {
    const groups = groupFiles(files);
    assert.deepEqual(groups.flatMap((group) => group.files).toSorted(), files.toSorted());
    assert.deepEqual(
      groups.map(({ name }) => name),
      GROUP_NAMES.filter((name) => ['client', 'tracker', 'editor', 'rest'].includes(name)),
    );
    assert.deepEqual(groups.at(-1)?.files, ['sdk/clients.test.ts', 'd.test.ts']);
  });

  it('run beside others unless they need the whole computer', () => {
    const alone = groupFiles(files).filter(({ runsAlone }) => runsAlone);
    assert.deepEqual(
      alone.map(({ name }) => name),
      ['editor'],
    );
  });
});
