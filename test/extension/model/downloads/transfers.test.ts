import assert from 'node:assert/strict';
import { allTransfers, nameOf } from '../../../../extension/model/downloads/transfers.js';
import { download, folderDownload } from '../records.js';

describe('The downloads that have rows', () => {
  it('are all that the agent lists, a folder as one, files first', () => {
    const folder = folderDownload({ id: 'f1', folder: 'shells' });
    // It was asked for by itself, to another place: a file of the folder's own download is not listed.
    const asked = download({ id: 'd2', fileName: 'shells/large.bin', path: '/tmp/large.bin' });
    const other = download({ id: 'd3', fileName: 'shells.zip' });
    const lists = {
      downloads: new Map([asked, other].map((one) => [one.id, one])),
      folders: new Map([[folder.id, folder]]),
    };
    assert.deepEqual(allTransfers(lists).map(nameOf), ['shells/large.bin', 'shells.zip', 'shells']);
  });
});
