import assert from 'node:assert/strict';
import { announce } from '../../../sdk/cli/notices.js';
import { type Share, type ShareStateName, ShoalError, type ShoalEvents } from '../../../sdk/index.js';
import { FakeDownload, FakeFolder, fakeClient, file } from './fake-client.js';

const change = (userId: string, kind: ShoalEvents['membershipChanged'][0]['change'], ownerId = 'bob') =>
  ['membershipChanged', { groupId: 'the lab', userId, change: kind, ownerId, epoch: 1 }] as const;
const failed = new FakeDownload('lab', 'x', { name: 'failed', error: new ShoalError('NO_SPACE', 'Full.') });

const share = (fileName: string, state: ShareStateName = 'available', why?: string): Share => ({
  ...{ groupId: 'lab', fileName, path: `/${fileName}`, manifestId: 'ab', sizeBytes: 1 },
  state: { name: state, sinceMs: 0, ...(why !== undefined && { why }) },
});

type Happening = { [E in keyof ShoalEvents]: readonly [E, ...ShoalEvents[E]] }[keyof ShoalEvents];

describe('notices', () => {
  const cases: [happening: Happening, text: string | undefined][] = [
    [
      ['disconnected', { error: new ShoalError('DISCONNECTED', 'x') }],
      'the tracker is unreachable (DISCONNECTED): reconnecting; transfers continue',
    ],
    [
      ['disconnected', { error: new ShoalError('TRACKER_CHANGED', 'Somebody else answers.') }],
      'the tracker is unreachable: TRACKER_CHANGED: Somebody else answers. Shoal keeps reconnecting; transfers continue.',
    ],
    [['connected', { resumed: true }], 'the tracker is back; you are logged in again'],
    [['connected', { resumed: false }], 'the tracker is back'],
    [['sessionEnded', { reason: 'expired' }], 'your session has expired: log in again'],
    [
      ['joinRequested', { groupId: 'the lab', userId: 'carol', requestedAtMs: 0 }],
      'carol asks to join the lab: accept_request "the lab" carol',
    ],
    [change('Alice', 'joined'), 'you are a member of the lab now'],
    [change('alice', 'rejected'), 'your request to join the lab was rejected'],
    [change('alice', 'removed'), 'you were removed from the lab'],
    [change('alice', 'left'), undefined],
    [change('carol', 'joined'), 'carol joined the lab'],
    [change('carol', 'joined', 'alice'), undefined],
    [change('carol', 'left', 'alice'), 'carol left the lab'],
    [['fileShared', { groupId: 'lab', file: file('x', 1024) }], 'x (1 KiB) is shared in lab by bob'],
    [['fileShared', { groupId: 'lab', file: { ...file('x', 1024), sharedBy: 'alice' } }], undefined],
    [
      [
        'fileUpdated',
        { groupId: 'lab', file: { ...file('x', 1024), version: 4, publishedBy: 'carol', note: 'typos' } },
      ],
      'carol published version 4 of x (1 KiB) in lab: typos',
    ],
    [
      ['fileUpdated', { groupId: 'lab', file: { ...file('x', 1024), version: 2 } }],
      'bob published version 2 of x (1 KiB) in lab',
    ],
    [['fileUpdated', { groupId: 'lab', file: { ...file('x', 1024), version: 4, publishedBy: 'Alice' } }], undefined],
    [
      ['filesUpdated', { groupId: 'lab', files: [file('x', 1), file('y', 1)] }],
      'x and 1 more have new versions in lab',
    ],
    [
      ['filesRemoved', { groupId: 'lab', files: [{ fileName: 'x', manifestId: '' }], removedBy: 'carol' }],
      'x was removed from lab by carol; your files stay, and are not shared',
    ],
    [['filesRemoved', { groupId: 'lab', files: [{ fileName: 'x', manifestId: '' }], removedBy: 'alice' }], undefined],
    [
      ['groupChanged', { groupId: 'lab', publishers: 'members', keepVersions: 5, keepDays: 1 }],
      'lab changed: all members publish versions; it keeps the newest 5 versions and those of 1 day',
    ],
    [
      ['shareLost', { ...share('x'), reason: 'refused' }],
      'x is no longer shared in lab: the group no longer accepts it from this device',
    ],
    [['shareLost', { ...share('x'), reason: 'gone' }], undefined],
    [
      ['downloadChanged', new FakeDownload('lab', 'x', { name: 'complete', path: '/there/x' })],
      'x from lab is complete: /there/x (100 MiB)',
    ],
    [['downloadChanged', failed], 'download of x from lab failed: NO_SPACE: Full.'],
    [['downloadChanged', new FakeDownload('lab', 'x')], undefined],
    [
      ['folderChanged', new FakeFolder({ name: 'complete', path: '/there/photos' })],
      'folder photos from lab is complete: /there/photos (10 files, 2 KiB)',
    ],
    [
      ['folderChanged', new FakeFolder({ name: 'failed', error: new ShoalError('FOLDER_INCOMPLETE', '1 of 10.') })],
      'download of folder photos from lab failed: FOLDER_INCOMPLETE: 1 of 10.',
    ],
    [['folderChanged', new FakeFolder()], undefined],
  ];

  for (const [happening, text] of cases) {
    it(`${text ?? 'say nothing'} (${happening[0]})`, () => {
      const client = fakeClient({ userId: 'alice' });
      const shown: string[] = [];
      announce({ client, quoting: 'posix', show: (line) => shown.push(line), isReported: () => false });
      const [event, ...payload] = happening;
      client.emit(event, ...(payload as never));
      assert.deepEqual(shown, text === undefined ? [] : [text]);
    });
  }

  it('begin with why nobody on another computer can download from here', () => {
    const shown: string[] = [];
    const client = fakeClient({ reachProblem: 'Nobody can.' });
    announce({
      client,
      quoting: 'posix',
      show: (line, kind) => shown.push(`${kind}: ${line}`),
      isReported: () => false,
    });
    assert.deepEqual(shown, ['trouble: Nobody can. (--advertise HOST[:PORT])']);
  });

  it('leave to the command what it reports itself', () => {
    const client = fakeClient({ userId: 'alice' });
    const shown: string[] = [];
    announce({
      client,
      quoting: 'posix',
      show: (line) => shown.push(line),
      isReported: (download) => download === failed,
    });
    client.emit('downloadChanged', failed);
    assert.deepEqual(shown, []);
  });
});
