import assert from 'node:assert/strict';
import { ShoalError } from '@shoal/sdk/protocol';
import { withRights } from '../../../../extension/commands/versions/file-rights.js';
import type { GroupTree } from '../../../../extension/model/tree/group-tree.js';
import { EditorError } from '../../../../extension/words/index.js';
import { file, group } from '../../model/records.js';

const FILE = { groupId: 'lab', fileName: 'a.bin' };

function known(sharedBy: string | undefined, ownerId: string): { groups: Pick<GroupTree, 'file' | 'group'> } {
  return {
    groups: {
      file: () => (sharedBy === undefined ? undefined : file('a.bin', { sharedBy })),
      group: () => group('lab', { ownerId }),
    },
  };
}

/** The text for a user whom the tracker refuses. */
async function refusalOf(app: ReturnType<typeof known>, code: 'NOT_THE_AUTHOR' | 'NAME_TAKEN'): Promise<string> {
  const failing = withRights(app, FILE, () => Promise.reject(new ShoalError(code, 'No.')));
  const error = await failing.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof EditorError && error.code === code);
  return error.message;
}

describe('what only some members may do', () => {
  it('names those who may', async () => {
    for (const code of ['NOT_THE_AUTHOR', 'NAME_TAKEN'] as const) {
      const text = 'Only bob, who shared a.bin, and ann, who owns lab, can do that: ask one of them.';
      assert.equal(await refusalOf(known('bob', 'ann'), code), text);
    }
    const alone = await refusalOf(known('ann', 'ann'), 'NOT_THE_AUTHOR');
    assert.equal(alone, 'Only ann, who shared a.bin, can do that: ask ann.');
    assert.match(await refusalOf(known(undefined, 'ann'), 'NOT_THE_AUTHOR'), /^Only the file's author or the owner/);
  });

  it('leaves answers and other errors as they are', async () => {
    assert.equal(await withRights(known('bob', 'ann'), FILE, () => Promise.resolve(7)), 7);
    const gone = new ShoalError('FILE_NOT_FOUND', 'Gone.');
    await assert.rejects(
      withRights(known('bob', 'ann'), FILE, () => Promise.reject(gone)),
      (thrown) => thrown === gone,
    );
  });
});
