import assert from 'node:assert/strict';
import { TRACKER_METHODS, type TrackerMethod } from '../../../sdk/protocol/index.js';
import { RawBench } from '../raw-bench.js';

const MANIFEST = 'ab'.repeat(32);
const lab = { groupId: 'lab' };
const none = { groupId: 'none' };
const content = { ...lab, manifestId: MANIFEST };

/** Well-formed parameters for every method that needs a sign-in. */
const WELL_FORMED: Partial<Record<TrackerMethod, object>> = {
  logout: {},
  changePassword: { password: 'pw', newPassword: 'new' },
  createGroup: lab,
  joinGroup: lab,
  leaveGroup: lab,
  listGroups: {},
  listMembers: lab,
  listRequests: lab,
  acceptRequest: { ...lab, userId: 'bob' },
  rejectRequest: { ...lab, userId: 'bob' },
  removeMember: { ...lab, userId: 'bob' },
  listFiles: lab,
  shareFile: { ...content, fileName: 'a' },
  stopShare: { ...lab, fileName: 'a' },
  shareFiles: { ...lab, files: [{ fileName: 'a', manifestId: MANIFEST }] },
  stopShares: { ...lab, fileNames: ['a'] },
  getManifests: { ...lab, manifestIds: [MANIFEST] },
  locateFiles: { ...lab, fileNames: ['a'] },
  announce: { items: [] },
  withdraw: { items: [] },
  findSources: { ...lab, fileName: 'a' },
  unwatch: content,
  ticket: lab,
  changeGroup: lab,
  proveEpochs: { tickets: ['none'] },
  publishVersion: { ...content, fileName: 'a', base: 0 },
  publishVersions: { ...lab, files: [{ fileName: 'a', manifestId: MANIFEST, base: 0 }] },
  listVersions: { ...lab, fileName: 'a' },
  removeFiles: { ...lab, fileNames: ['a'] },
  setEmptyFolders: { ...lab, folder: 'a', empty: [] },
  listEmptyFolders: { ...lab, folder: 'a' },
  compareShares: { groups: [] },
  listOwnShares: lab,
  moved: { endpoint: null, addresses: [] },
  meet: { ...lab, deviceId: MANIFEST, by: 'back' },
};

/** Methods of a group, with the refusals for a member, a non-member, and a missing group. */
const IN_GROUP: [method: TrackerMethod, params: object, member: string, stranger: string][] = [
  ['listMembers', {}, 'ok', 'NOT_A_MEMBER'],
  ['listRequests', {}, 'NOT_THE_OWNER', 'NOT_THE_OWNER'],
  ['acceptRequest', { userId: 'eve' }, 'NOT_THE_OWNER', 'NOT_THE_OWNER'],
  ['rejectRequest', { userId: 'eve' }, 'NOT_THE_OWNER', 'NOT_THE_OWNER'],
  ['removeMember', { userId: 'ann' }, 'NOT_THE_OWNER', 'NOT_THE_OWNER'],
  ['listFiles', {}, 'ok', 'NOT_A_MEMBER'],
  ['shareFile', { fileName: 'a', manifestId: MANIFEST }, 'MANIFEST_MISSING', 'NOT_A_MEMBER'],
  ['stopShare', { fileName: 'a' }, 'FILE_NOT_FOUND', 'NOT_A_MEMBER'],
  ['findSources', { fileName: 'a' }, 'FILE_NOT_FOUND', 'NOT_A_MEMBER'],
  ['shareFiles', { files: [{ fileName: 'a', manifestId: MANIFEST }] }, 'ok', 'NOT_A_MEMBER'],
  ['stopShares', { fileNames: ['a'] }, 'ok', 'NOT_A_MEMBER'],
  ['getManifests', { manifestIds: [MANIFEST] }, 'ok', 'NOT_A_MEMBER'],
  ['locateFiles', { fileNames: ['a'] }, 'ok', 'NOT_A_MEMBER'],
  ['ticket', {}, 'ok', 'NOT_A_MEMBER'],
  ['changeGroup', { keepDays: 1 }, 'NOT_THE_OWNER', 'NOT_THE_OWNER'],
  ['publishVersion', { fileName: 'a', manifestId: MANIFEST, base: 0 }, 'MANIFEST_MISSING', 'NOT_A_MEMBER'],
  ['publishVersions', { files: [{ fileName: 'a', manifestId: MANIFEST, base: 0 }] }, 'ok', 'NOT_A_MEMBER'],
  ['listVersions', { fileName: 'a' }, 'FILE_NOT_FOUND', 'NOT_A_MEMBER'],
  ['removeFiles', { fileNames: ['a'] }, 'ok', 'NOT_A_MEMBER'],
  ['setEmptyFolders', { folder: 'a', empty: [] }, 'FILE_NOT_FOUND', 'NOT_A_MEMBER'],
  ['listEmptyFolders', { folder: 'a' }, 'ok', 'NOT_A_MEMBER'],
  ['listOwnShares', {}, 'ok', 'NOT_A_MEMBER'],
  ['meet', { deviceId: MANIFEST, by: 'relay' }, 'PEER_UNREACHABLE', 'NOT_A_MEMBER'],
  ['joinGroup', {}, 'ALREADY_A_MEMBER', 'ok'],
  ['joinGroup', {}, 'ALREADY_A_MEMBER', 'ALREADY_REQUESTED'],
  ['leaveGroup', {}, 'ok', 'ok'],
  ['leaveGroup', {}, 'NOT_A_MEMBER', 'NOT_A_MEMBER'],
];

describe("the tracker's methods refuse", () => {
  let bench: RawBench;

  beforeEach(async () => {
    bench = new RawBench();
    await bench.start();
  });
  afterEach(() => bench.close());

  it('everything before hello, and nearly everything before a sign-in', async () => {
    const raw = await bench.stranger();
    const others = (Object.keys(TRACKER_METHODS) as TrackerMethod[]).filter((method) => method !== 'hello');
    for (const method of others) assert.equal(await raw.outcome(method, {}), 'PROTOCOL_ERROR', method);
    await raw.hello();
    const open = ['createUser', 'login', 'resume'];
    assert.deepEqual([...Object.keys(WELL_FORMED), ...open].sort(), [...others].sort(), 'none is forgotten');
    for (const [method, params] of Object.entries(WELL_FORMED))
      assert.equal(await raw.outcome(method as TrackerMethod, params), 'NOT_LOGGED_IN', method);
  });

  it('parameters that are malformed', async () => {
    const ann = await bench.member('ann');
    const wrong = [null, [], 'text', 7, { groupId: 7 }, { groupId: '' }, { groupId: 'x'.repeat(257) }];
    for (const method of ['createGroup', 'joinGroup', 'leaveGroup', 'listMembers', 'listFiles', 'ticket'] as const) {
      for (const params of wrong) {
        const code = await ann.outcome(method, params);
        // JSON-RPC parameters are objects or lists; anything else is refused before the method.
        assert.ok(['INVALID_ARGUMENT', 'undefined'].includes(code), `${method} ${JSON.stringify(params)}: ${code}`);
      }
    }
    const item = { ...content, complete: true };
    for (const [method, params] of [
      ['hello', { protocol: '1', client: 'x' }],
      ['hello', { protocol: 1.5, client: 'x' }],
      ['hello', { protocol: 1, client: 'x'.repeat(129) }],
      ['createUser', { userId: 'x', password: 'x'.repeat(1025) }],
      ['changePassword', { password: 'pw', newPassword: '' }],
      ['changePassword', { password: 'pw', newPassword: 'x'.repeat(1025) }],
      ['changePassword', { password: 'pw' }],
      ['shareFile', { ...lab, fileName: 'a', manifestId: MANIFEST.toUpperCase() }],
      ['shareFile', { ...lab, fileName: '', manifestId: MANIFEST }],
      ['announce', { items: [{ ...content, complete: 'yes' }] }],
      ['announce', { items: Array.from({ length: 1001 }, () => item) }],
      ['withdraw', { items: Array.from({ length: 1001 }, () => content) }],
      ['unwatch', { ...lab, manifestId: '../../etc' }],
      ['shareFiles', { ...lab, files: [] }],
      ['locateFiles', { ...lab, fileNames: Array.from({ length: 257 }, () => 'a') }],
      ['getManifests', { ...lab, manifestIds: ['../../etc'] }],
      ['listFiles', { ...lab, limit: 501 }],
    ] as const) {
      assert.equal(await ann.outcome(method, params), 'INVALID_ARGUMENT', `${method} ${JSON.stringify(params)}`);
    }
  });

  it('invalid names', async () => {
    const ann = await bench.member('ann');
    await ann.call('createGroup', lab);
    for (const name of ['a/b', ' a', 'a ', 'a\nb', 'x'.repeat(65), '\u202eabc', '..'.repeat(40)]) {
      assert.equal(await ann.outcome('createGroup', { groupId: name }), 'INVALID_NAME', JSON.stringify(name));
      assert.equal(await ann.outcome('createUser', { userId: name, password: 'x' }), 'INVALID_NAME');
    }
    const deep = Array.from({ length: 33 }, () => 'd').join('/');
    const long = Array.from({ length: 5 }, () => 'ä'.repeat(120)).join('/');
    for (const fileName of [
      '../a',
      'a/',
      '/a',
      'a//b',
      'a/../b',
      './a',
      deep,
      long,
      'a\\b',
      '..',
      'a\u0000',
      'x'.repeat(256),
      'ä'.repeat(128),
    ])
      assert.equal(await ann.outcome('shareFile', { ...content, fileName }), 'INVALID_NAME', JSON.stringify(fileName));
    assert.equal(await ann.outcome('createGroup', { groupId: 'LAB' }), 'GROUP_EXISTS');
    assert.equal(await ann.outcome('createGroup', { groupId: 'ｌａｂ' }), 'GROUP_EXISTS', 'they look alike');
  });

  it('actions without permission, and repeated actions', async () => {
    const [ann, bob, eve] = await Promise.all([bench.member('ann'), bench.member('bob'), bench.member('eve')]);
    await bench.group(ann, bob);
    assert.equal(await ann.outcome('acceptRequest', { ...lab, userId: 'bob' }), 'REQUEST_NOT_FOUND');
    assert.equal(await ann.outcome('rejectRequest', { ...lab, userId: 'nobody' }), 'REQUEST_NOT_FOUND');
    assert.equal(await ann.outcome('removeMember', { ...lab, userId: 'eve' }), 'NOT_A_MEMBER');
    assert.equal(await ann.outcome('removeMember', { ...lab, userId: 'ANN' }), 'INVALID_ARGUMENT');
    for (const [method, params, member, stranger] of IN_GROUP) {
      assert.equal(await bob.outcome(method, { ...none, ...params }), 'GROUP_NOT_FOUND', method);
      assert.equal(await bob.outcome(method, { ...lab, ...params }), member, `${method} by a member`);
      assert.equal(await eve.outcome(method, { ...lab, ...params }), stranger, `${method} by a stranger`);
    }
  });

  it('a proof of a key that is not of this device, this connection or this tracker', async () => {
    const [ann, eve] = [await bench.member('ann'), await bench.guest()];
    const mine = eve.prove();
    const another = await bench.guest(eve.identity);
    const login = (device: unknown) => eve.outcome('login', { userId: 'ann', password: 'pw', device });
    assert.equal(await login(another.prove()), 'PROTOCOL_ERROR', 'of another connection');
    assert.equal(await login({ ...mine, publicKey: ann.prove().publicKey }), 'PROTOCOL_ERROR', 'of another device');
    assert.equal(await login({ ...mine, proof: 'AAAA' }), 'PROTOCOL_ERROR');
    assert.equal(await login({ ...mine, publicKey: 'AAAA' }), 'PROTOCOL_ERROR');
    for (const endpoint of [undefined, 9, { port: 0 }, { port: 65_536 }, { host: '', port: 1 }])
      assert.equal(await login({ ...mine, endpoint }), 'INVALID_ARGUMENT', JSON.stringify(endpoint));
    assert.equal(await eve.outcome('resume', { token: 'nonsense', device: mine }), 'NOT_LOGGED_IN');
    assert.equal(await login(mine), 'ok');
    assert.equal(await eve.outcome('resume', { token: 'nonsense', device: mine }), 'ALREADY_LOGGED_IN');
  });

  it('guessing, also if all guesses arrive at once', async () => {
    const [, eve] = [await bench.member('ann'), await bench.guest()];
    const device = eve.prove();
    const guesses = Array.from({ length: 20 }, (_, guess) =>
      eve.outcome('login', { userId: 'ann', password: guess === 19 ? 'pw' : `guess ${guess}`, device }),
    );
    const outcomes = await Promise.all(guesses);
    assert.equal(outcomes.filter((code) => code === 'WRONG_PASSWORD').length, 5);
    assert.equal(outcomes.filter((code) => code === 'RATE_LIMITED').length, 15);
  });
});
