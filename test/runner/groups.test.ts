import assert from 'node:assert/strict';
import { GROUP_NAMES, groupFiles } from './groups.js';

describe('groups of test files', () => {
  const files = [
    'sdk/client/a.test.ts',
    'sdk/clients.test.ts',
    'editor/person/journey.test.ts',
    'editor/person/keyboard.test.ts',
    'tracker/c.test.ts',
    'tracker/program/d.test.ts',
    'e.test.ts',
  ];
  const groups = groupFiles(files);

  it('have each file once, in the order of the rules', () => {
    assert.deepEqual(groups.flatMap((group) => group.files).toSorted(), files.toSorted());
    assert.deepEqual(
      groups.map(({ name }) => name),
      GROUP_NAMES.filter((name) => ['client', 'programs', 'tracker', 'editor', 'rest'].includes(name)),
    );
    assert.deepEqual(groups.at(-1)?.files, ['sdk/clients.test.ts', 'e.test.ts']);
  });

  it('take a file by the longest path that matches', () => {
    const filesOf = (wanted: string) => groups.find(({ name }) => name === wanted)?.files;
    assert.deepEqual(filesOf('tracker'), ['tracker/c.test.ts']);
    assert.deepEqual(filesOf('programs'), ['tracker/program/d.test.ts']);
    assert.deepEqual(filesOf('editor'), ['editor/person/journey.test.ts', 'editor/person/keyboard.test.ts']);
  });

  it('run beside others unless they open windows of an editor', () => {
    assert.deepEqual(
      groups.filter(({ runsLast }) => runsLast).map(({ name }) => name),
      ['editor'],
    );
  });
});
