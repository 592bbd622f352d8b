import assert from 'node:assert/strict';
import type { PeerClient } from '../../../sdk/cli/client.js';
import { isInFlight } from '../../../sdk/cli/texts/download-text.js';
import { type ShareResult, ShoalError } from '../../../sdk/index.js';
import { FakeDownload, fakeClient, file, group } from './fake-client.js';
import { downloading, LOGIN, outputOf } from './script-session.js';

const share = (fileName: string) => ({
  groupId: 'lab',
  fileName,
  path: `/${fileName}`,
  manifestId: 'ab',
  sizeBytes: 1,
  state: { name: 'available' as const, sinceMs: 0 },
});
const unavailable = (fileName: string, name: 'edited' | 'missing') => ({
  ...{ ...share(fileName), state: { name, sinceMs: 0, why: 'x' } },
  error: new ShoalError('PATH_NOT_FOUND', 'x'),
});

describe('the answers to a script of commands', () => {
  const cases: [what: string, client: PeerClient, script: string, output: string][] = [
    ['create_user', fakeClient(), 'create_user alice pw', 'user alice created\n'],
    ['login', fakeClient({ login: () => Promise.resolve(LOGIN) }), 'login alice pw', 'logged in as alice\n'],
    [
      'login with shares and downloads',
      fakeClient({
        login: () =>
          Promise.resolve({
            ...LOGIN,
            restored: [share('a'), share('b')],
            lost: [{ ...share('old'), reason: 'refused' }],
            unavailable: ['a', 'b', 'c', 'd'].map((name) => unavailable(name, 'missing')),
          }),
        downloads: () => [new FakeDownload('lab', 'x')],
      }),
      'login alice pw',
      'logged in as alice; 2 shares restored, 1 ended: old (refused), 4 not available: a (missing), b (missing), c (missing), and 1 more; 1 download going on\n',
    ],
    [
      'login with only an edited share',
      fakeClient({ login: () => Promise.resolve({ ...LOGIN, unavailable: [unavailable('x', 'edited')] }) }),
      'login alice pw',
      'logged in as alice; 1 share not available: x (edited)\n',
    ],
    [
      'change_password',
      fakeClient({
        changePassword: (current, next) =>
          current === 'a b' && next === "it's"
            ? Promise.resolve()
            : Promise.reject(new ShoalError('WRONG_PASSWORD', 'No.')),
      }),
      'change_password "a b" it\'s\nchange_password ab it\'s\nchange_password ab',
      [
        'password changed; other sessions have ended',
        'error WRONG_PASSWORD: No.',
        'error USAGE: Too few words. Write: change_password <passwd> <new_passwd>',
        '',
      ].join('\n'),
    ],
    ['logout', fakeClient({ logout: () => Promise.resolve() }), 'logout', 'logged out\n'],
    [
      'create_group',
      fakeClient({ createGroup: (id) => Promise.resolve(group(id, 'owner', 'alice')) }),
      'create_group "the lab"',
      'group the lab created; you own it\n',
    ],
    [
      'join_group',
      fakeClient({ joinGroup: (id) => Promise.resolve(group(id, 'requested', 'bob')) }),
      'join_group lab',
      'requested to join lab; its owner bob decides\n',
    ],
    [
      'leave_group by a member',
      fakeClient({ leaveGroup: () => Promise.resolve({ dissolved: false, newOwnerId: null }) }),
      'leave_group lab',
      'left lab\n',
    ],
    [
      'leave_group by the owner',
      fakeClient({ leaveGroup: () => Promise.resolve({ dissolved: false, newOwnerId: 'bob' }) }),
      'leave_group lab',
      'left lab; bob owns it now\n',
    ],
    [
      'leave_group by the last',
      fakeClient({ leaveGroup: () => Promise.resolve({ dissolved: true, newOwnerId: null }) }),
      'leave_group lab',
      'left lab; you were its last member, so the group is dissolved\n',
    ],
    [
      'list_groups',
      fakeClient({
        listGroups: () => Promise.resolve([group('lab', 'owner', 'alice', 3), group('chess', 'none', 'bob')]),
      }),
      'list_groups',
      '2 groups\nlab\towner\towned by alice\t3 members\nchess\tnone\towned by bob\t1 member\n',
    ],
    ['an empty list', fakeClient({ listGroups: () => Promise.resolve([]) }), 'list_groups', '0 groups\n'],
    [
      'list_members',
      fakeClient({ listMembers: () => Promise.resolve([{ userId: 'bob', owner: true, sinceMs: 0 }]) }),
      'list_members lab',
      '1 member\nbob\towner\tsince 1970-01-01 00:00 UTC\n',
    ],
    [
      'list_requests',
      fakeClient({ listRequests: () => Promise.resolve([{ userId: 'carol', requestedAtMs: 60_000 }]) }),
      'list_requests lab',
      '1 request\ncarol\tsince 1970-01-01 00:01 UTC\n',
    ],
    [
      'accept_request, reject_request and remove_member',
      fakeClient({
        acceptRequest: () => Promise.resolve(),
        rejectRequest: () => Promise.resolve(),
        removeMember: () => Promise.resolve(),
      }),
      'accept_request lab bob\nreject_request lab carol\nremove_member lab dan',
      'bob is a member of lab now\nrequest of carol to join lab rejected\ndan removed from lab\n',
    ],
    [
      'list_files',
      fakeClient({ listFiles: () => Promise.resolve([file('payload.bin', 2 ** 28)]) }),
      'list_files lab',
      '1 file\n256 MiB\t1 complete source\t2 sharers online\tshared by bob\tpayload.bin\n',
    ],
    [
      'upload_file',
      fakeClient({
        shareFile: (): Promise<ShareResult> =>
          Promise.resolve({
            ...file('payload.bin', 2 ** 28),
            outcome: 'shared',
            pieceHashString: '',
            fileDigest: 'cafe',
          }),
      }),
      'upload_file payload.bin lab',
      'shared payload.bin (256 MiB) in lab; SHA-1 cafe\n',
    ],
    [
      'stop_share',
      fakeClient({ stopShare: () => Promise.resolve() }),
      'stop_share lab x',
      'stopped sharing x in lab\n',
    ],
    [
      'download_file',
      fakeClient({ downloadFile: (groupId, fileName) => new FakeDownload(groupId, fileName) }),
      'download_file lab payload.bin /there',
      'downloading payload.bin (100 MiB) from lab to /there/payload.bin\n',
    ],
    [
      'show_downloads',
      downloading(
        new FakeDownload('lab', 'a'),
        new FakeDownload('lab', 'b', { name: 'complete', path: '/there/b' }),
        new FakeDownload('lab', 'c', { name: 'paused' }),
        new FakeDownload('lab', 'd', { name: 'failed', error: new ShoalError('NO_SPACE', 'The disk is full.') }),
        new FakeDownload('lab', 'e', { name: 'waiting' }),
        new FakeDownload('lab', 'f', { name: 'verifying' }),
      ),
      'show_downloads',
      [
        '6 downloads',
        '[D] [lab] a 42% 118 MB/s eta 3s',
        '[C] [lab] b 100 MiB /there/b',
        '[P] [lab] c 42%',
        '[F] [lab] d NO_SPACE: The disk is full.',
        '[D] [lab] e 42% waiting for a source',
        '[D] [lab] f 42% verifying',
        '',
      ].join('\n'),
    ],
    ['wait_downloads without any', fakeClient(), 'wait_downloads', '0 complete, 0 failed\n'],
    [
      'wait_downloads beside a paused one',
      downloading(
        new FakeDownload('lab', 'a', { name: 'complete', path: '/a' }),
        new FakeDownload('lab', 'b', { name: 'paused' }),
      ),
      'wait_downloads',
      '1 complete, 0 failed, 1 paused\n',
    ],
    [
      'pause_download, resume_download and cancel_download',
      downloading(new FakeDownload('lab', 'a')),
      'pause_download LAB a\nresume_download lab a\ncancel_download lab a\ncancel_download lab a',
      [
        'paused a from lab at 42%',
        'resumed a from lab at 42%',
        'cancelled a from lab; its partial file is removed',
        'error DOWNLOAD_NOT_FOUND: No download of a from lab is unfinished: it is cancelled.',
        '',
      ].join('\n'),
    ],
    [
      'help on a command',
      fakeClient(),
      'help quit',
      'quit  exit; unfinished downloads resume at the next login (also exit)\n',
    ],
    ['comments and empty lines', fakeClient(), '# hello\n\n   \n  # there\ncreate_user a b', 'user a created\n'],
    [
      'a file from Windows',
      fakeClient(),
      '\ufeffcreate_user a b\r\nhelp quit\r\n',
      'user a created\nquit  exit; unfinished downloads resume at the next login (also exit)\n',
    ],
    ['too few words', fakeClient(), 'join_group', 'error USAGE: Too few words. Write: join_group <group_id>\n'],
    [
      'too many words',
      fakeClient(),
      'join_group my lab',
      'error USAGE: Too many words. Write: join_group <group_id>; put a name with spaces in quotes\n',
    ],
    [
      'words that are empty',
      fakeClient({ shareFolder: () => Promise.reject(new Error('shared')) }),
      'create_user "" pw\ncreate_user ann ""\nupload_folder "" lab',
      [
        'error USAGE: <user_id> is empty. Write: create_user <user_id> <passwd>',
        'error USAGE: <passwd> is empty. Write: create_user <user_id> <passwd>',
        'error USAGE: <folderpath> is empty. Write: upload_folder <folderpath> <group_id> [--list-skipped] [--watch]',
        '',
      ].join('\n'),
    ],
    [
      'a password left out',
      fakeClient(),
      'login alice',
      'error USAGE: Too few words. Write: login <user_id> <passwd>\n',
    ],
    [
      'an unknown command',
      fakeClient(),
      'lst_groups',
      'error UNKNOWN_COMMAND: There is no command lst_groups: did you mean list_groups?\n',
    ],
    [
      'nonsense',
      fakeClient(),
      'frobnicate',
      'error UNKNOWN_COMMAND: There is no command frobnicate: help lists them.\n',
    ],
    [
      'an open quote',
      fakeClient(),
      'join_group "lab',
      'error USAGE: The quote " is not closed: write another one at the end of the name.\n',
    ],
    ['a refusal', fakeClient(), 'list_groups', 'error NOT_LOGGED_IN: You are not signed in: sign in first.\n'],
    [
      'an unexpected error',
      fakeClient({ listGroups: () => Promise.reject(new TypeError('on\ntwo lines')) }),
      'list_groups',
      'error INTERNAL: on\ufffdtwo lines\n',
    ],
    [
      'names that would be taken for errors or drive a terminal',
      fakeClient({
        listGroups: () =>
          Promise.resolve([group('error USAGE: x', 'none', '\x1b[2J'), group('\nerror USAGE: y\tz', 'none', 'b')]),
      }),
      'list_groups',
      '2 groups\n error USAGE: x\tnone\towned by \ufffd[2J\t1 member\n\ufffderror USAGE: y\ufffdz\tnone\towned by b\t1 member\n',
    ],
  ];

  for (const [what, client, script, expected] of cases) {
    it(`answers ${what}`, async () => {
      const { output, failed } = await outputOf(client, script);
      assert.equal(output, expected);
      assert.equal(failed, /^error /m.test(expected) || client.downloads().some(isInFlight));
    });
  }
});
