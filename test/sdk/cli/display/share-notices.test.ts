import assert from 'node:assert/strict';
import { announceShares } from '../../../../sdk/cli/display/share-notices.js';
import type { Share, ShareStateName } from '../../../../sdk/index.js';
import { fakeClient } from '../fake-client.js';

describe('notices about shares', () => {
  let lines: string[];
  let tell: () => void;
  let change: (fileName: string, name: ShareStateName, why?: string) => void;

  beforeEach(() => {
    lines = [];
    const followed = { groupId: 'lab', folder: 'followed', path: '/followed', watch: true };
    const once = { ...followed, folder: 'once', path: '/once', watch: false };
    const client = fakeClient({ userId: 'alice', sharedFolders: () => [followed, once] });
    announceShares(
      client,
      (line, kind) => lines.push(`${kind}: ${line}`),
      (act) => {
        tell = act;
      },
    );
    change = (fileName, name, why) => {
      const share: Share = {
        ...{ groupId: 'lab', fileName, path: `/${fileName}`, manifestId: 'ab', sizeBytes: 1 },
        state: { name, sinceMs: 0, ...(why !== undefined && { why }) },
      };
      client.emit('shareChanged', share);
    };
  });

  it('say what is wrong and why, and when it is over', () => {
    change('report.csv', 'edited', '/report.csv has other content.');
    tell();
    change('report.csv', 'available');
    tell();
    assert.deepEqual(lines, [
      'trouble: report.csv in lab: edited since it was shared (/report.csv has other content); upload_file publishes it as a new version',
      'news: report.csv in lab: available again',
    ]);
  });

  it('say nothing of a verification, nor of what was over before it was told', () => {
    change('a', 'verifying', 'It is hashed.');
    tell();
    change('a', 'available');
    change('b', 'missing', 'It is moved.');
    change('b', 'available');
    tell();
    assert.deepEqual(lines, []);
  });

  it('say nothing of changes that a watched folder shares by itself', () => {
    change('followed/a', 'edited');
    change('followed/b', 'missing');
    change('followed/c', 'unreadable');
    change('once/d', 'edited');
    tell();
    assert.deepEqual(
      lines.map((line) => line.split(' ')[1]),
      ['followed/c', 'once/d'],
    );
  });

  it('tell of thousands in one line for each state', () => {
    for (let index = 0; index < 5000; index++) change(`f${index}`, 'missing', 'The disk is away.');
    for (const name of ['x', 'y']) change(name, 'unreadable', 'No permission.');
    tell();
    assert.deepEqual(lines, [
      'trouble: 5000 shares, such as f0 in lab: missing (The disk is away); it is served again once it is back',
      'trouble: x in lab: unreadable for now (No permission); it is tried again',
      'trouble: y in lab: unreadable for now (No permission); it is tried again',
    ]);
  });
});
