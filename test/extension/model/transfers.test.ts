import assert from 'node:assert/strict';
import { sep } from 'node:path';
import { allTransfers, nameOf, ownDownloads } from '../../../extension/model/transfers.js';
import { download, folderDownload } from './records.js';

describe('The downloads that have rows', () => {
  const folder = folderDownload({ id: 'f1', folder: 'shells', path: `${sep}home${sep}shells` });
  const inside = download({ id: 'd1', fileName: 'shells/large.bin', path: `${folder.path}${sep}large.bin` });
  const asked = download({ id: 'd2', fileName: 'shells/large.bin', path: `${sep}tmp${sep}large.bin` });
  const other = download({ id: 'd3', fileName: 'shells.zip', path: `${sep}home${sep}shells.zip` });
  const elsewhere = download({ ...inside, id: 'd4', groupId: 'another' });
  const lists = {
    downloads: new Map([inside, asked, other, elsewhere].map((one) => [one.id, one])),
    folders: new Map([[folder.id, folder]]),
  };

  it('are a folder’s as one, and those of files that are none of its', () => {
    assert.deepEqual(ownDownloads(lists), [asked, other, elsewhere]);
    assert.deepEqual(allTransfers(lists).map(nameOf), [
      ...['shells/large.bin', 'shells.zip', 'shells/large.bin', 'shells'],
    ]);
  });

  it('are all files’ where no folder is on its way', () => {
    assert.equal(ownDownloads({ ...lists, folders: new Map() }).length, 4);
  });
});
