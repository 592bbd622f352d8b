import assert from 'node:assert/strict';
import { folderTaken, nameTaken, notTheAuthor } from '../../../tracker/store/file-errors.js';

describe('refusals of a name', () => {
  const holder = { fileName: 'src/Makefile', sharedBy: 'ann' };
  const file = { groupId: 'lab', fileName: 'a.txt', sharedBy: 'ann' };

  const refusals: [who: string, said: string, expected: string][] = [
    [
      'somebody else',
      nameTaken(holder, { fileName: 'src/Makefile', userId: 'bob', mayPublish: false }).message,
      'ann shares another file as src/Makefile: share yours under another name, or ask ann to publish it as a new version.',
    ],
    [
      'somebody else, who spells it otherwise',
      nameTaken(holder, { fileName: 'src/makefile', userId: 'bob', mayPublish: false }).message,
      'ann shares another file as src/Makefile, and names that differ only in case or form count as the same: ' +
        'share yours under another name, or ask ann to publish it as a new version.',
    ],
    [
      'its own sharer',
      nameTaken(holder, { fileName: 'src/makefile', userId: 'ann', mayPublish: true }).message,
      'You share another file as src/Makefile, and names that differ only in case or form count as the same: ' +
        'publish this one as a new version, or share it under another name.',
    ],
    [
      'somebody else, of a folder',
      folderTaken(holder, 'bob').message,
      'ann shares src/Makefile, and a name belongs either to a file or to a folder: share yours under another name, ' +
        'or ask ann to stop sharing that one.',
    ],
    [
      'its own sharer, of a folder',
      folderTaken(holder, 'ann').message,
      'You share src/Makefile, and a name belongs either to a file or to a folder: share this one under another name, ' +
        'or stop sharing that one.',
    ],
    [
      'whoever may not remove it, whom to ask',
      notTheAuthor(file, 'olga').message,
      'Only its author ann and the owner of lab, olga, may remove a.txt: ask one of them.',
    ],
    [
      'whoever may not remove it, whom to ask if the author owns the group',
      notTheAuthor(file, 'Ann').message,
      'Only its author ann may remove a.txt: ask ann.',
    ],
  ];
  for (const [who, said, expected] of refusals) it(`tell ${who} what to do`, () => assert.equal(said, expected));
});
