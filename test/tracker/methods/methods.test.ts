import assert from 'node:assert/strict';
import { createTicketVerifier } from '../../../sdk/identity/index.js';
import { TICKET_LIFETIME_MS, TRACKER_PROTOCOL } from '../../../sdk/protocol/index.js';
import type { Device } from '../device.js';
import { madeManifest } from '../made-manifest.js';
import { hasCode, TrackerBench } from '../support.js';

const lab = { groupId: 'lab' };

describe("the tracker's methods", () => {
  let bench: TrackerBench;
  let ann: Device;
  let bob: Device;

  beforeEach(async () => {
    bench = await new TrackerBench().start();
    [ann, bob] = await Promise.all([bench.user('ann'), bench.user('bob')]);
  });
  afterEach(() => bench.close());

  it('need a hello first, in the same protocol', async () => {
    const device = await bench.device();
    await device.connect();
    const hello = { protocol: TRACKER_PROTOCOL + 1, client: 'x' };
    await assert.rejects(
      device.call('hello', hello),
      (error) => hasCode('TRACKER_INCOMPATIBLE')(error) && /update the tracker/.test(String(error)),
    );
    await assert.rejects(device.call('hello', { ...hello, protocol: 0 }), /update this client/);
  });

  it('create accounts, sign in and out, and refuse each mistake with its code', async () => {
    const device = await bench.device();
    const proof = await device.connect();
    await assert.rejects(device.call('listGroups', {}), hasCode('NOT_LOGGED_IN'));
    await assert.rejects(device.call('createUser', { userId: 'ANN', password: 'x' }), hasCode('USER_EXISTS'));
    await assert.rejects(device.call('createUser', { userId: 'a/b', password: 'x' }), hasCode('INVALID_NAME'));
    await assert.rejects(device.call('createUser', { userId: 'x', password: '' }), hasCode('INVALID_ARGUMENT'));
    const whyNot = (userId: string) =>
      device.call('login', { userId, password: 'x', device: proof }).then(
        () => assert.fail('signed in'),
        (error: unknown) => error,
      );
    const [noUser, wrong] = [await whyNot('nobody'), await whyNot('ann')];
    assert.ok(hasCode('WRONG_PASSWORD')(noUser));
    assert.deepEqual(noUser, wrong, 'nobody learns which names there are');
    const forged = { ...proof, proof: (await ann.connect()).proof };
    await assert.rejects(
      device.call('login', { userId: 'bob', password: 'pw', device: forged }),
      hasCode('PROTOCOL_ERROR'),
    );
    const session = await device.call('login', { userId: 'bob', password: 'pw', device: proof });
    assert.equal(session.deviceId, device.identity.id);
    await assert.rejects(
      device.call('login', { userId: 'bob', password: 'pw', device: proof }),
      hasCode('ALREADY_LOGGED_IN'),
    );
    await device.call('logout', {});
    await assert.rejects(device.call('resume', { token: session.token, device: proof }), hasCode('NOT_LOGGED_IN'));
    await device.call('login', { userId: 'bob', password: 'pw', device: proof });
  });

  it('slow down guessing, only for the account that is guessed at', async () => {
    const device = await bench.device();
    const proof = await device.connect();
    for (let guess = 0; guess < 5; guess++) {
      await assert.rejects(
        device.call('login', { userId: 'bob', password: `guess ${guess}`, device: proof }),
        hasCode('WRONG_PASSWORD'),
      );
    }
    await assert.rejects(
      device.call('login', { userId: 'BOB', password: 'pw', device: proof }),
      hasCode('RATE_LIMITED'),
    );
    await device.call('login', { userId: 'ann', password: 'pw', device: proof });
    const own = await bob.connect();
    await bob.call('login', { userId: 'bob', password: 'pw', device: own }); // from where the account knows
  });

  it('replace an older connection of the same device, and continue a session on a new one', async () => {
    const twin = await bench.device();
    Object.assign(twin, { identity: ann.identity });
    const told = ann.next('sessionEnded');
    const ended = ann.ended();
    const { groups, userId } = await twin.resume(bench.tokenOf(ann));
    assert.deepEqual(await told, { reason: 'replaced' });
    await ended;
    assert.deepEqual([userId, groups], ['ann', []]);
  });

  it('notify the right users of requests and memberships', async () => {
    await ann.call('createGroup', lab);
    const asked = ann.next('joinRequested');
    await bob.call('joinGroup', lab);
    const { userId, groupId } = await asked;
    assert.deepEqual([userId, groupId], ['bob', 'lab']);
    const joined = Promise.all([ann.next('membershipChanged'), bob.next('membershipChanged')]);
    await ann.call('acceptRequest', { ...lab, userId: 'BOB' });
    for (const event of await joined)
      assert.deepEqual([event.userId, event.change, event.ownerId], ['bob', 'joined', 'ann']);

    const before = await bob.call('ticket', lab);
    const left = Promise.all([ann.next('membershipChanged'), bob.next('membershipChanged')]);
    assert.deepEqual(await ann.call('leaveGroup', lab), { dissolved: false, newOwnerId: 'bob' });
    for (const event of await left) {
      assert.deepEqual(
        [event.userId, event.change, event.ownerId, event.epoch],
        ['ann', 'left', 'bob', before.epoch + 1],
      );
    }
    await assert.rejects(bob.call('removeMember', { ...lab, userId: 'bob' }), hasCode('INVALID_ARGUMENT'));
    await ann.call('joinGroup', lab);
    const dissolved = ann.next('membershipChanged');
    assert.deepEqual(await bob.call('leaveGroup', lab), { dissolved: true, newOwnerId: null });
    assert.equal((await dissolved).change, 'dissolved');
  });

  it('sign tickets with the user, the device, the group, and the expiry', async () => {
    await bench.lab(ann, ['bob', bob]);
    const { ticketKeys } = await bob.call('hello', { protocol: TRACKER_PROTOCOL, client: 'x' });
    const { ticket, expiresAtMs, epoch } = await bob.call('ticket', { groupId: 'LAB' });
    const claims = await createTicketVerifier(ticketKeys)(ticket);
    assert.deepEqual([claims.grp, claims.sub, claims.dev, claims.epo], ['lab', 'bob', bob.identity.id, epoch]);
    assert.equal((claims.exp - claims.iat) * 1000, TICKET_LIFETIME_MS);
    assert.equal(claims.exp * 1000, expiresAtMs);
    const eve = await bench.user('eve');
    await assert.rejects(eve.call('ticket', lab), hasCode('NOT_A_MEMBER'));
  });

  it('list files with their sources, and notify watchers of every new and lost source', async () => {
    await bench.lab(ann, ['bob', bob]);
    const manifestId = await bench.manifest(ann);
    const shared = bob.next('fileShared');
    await ann.call('shareFile', { ...lab, fileName: 'a.bin', manifestId });
    assert.deepEqual((await shared).file.completeSources, 1);
    const { sources, file } = await bob.call('findSources', { ...lab, fileName: 'A.BIN' });
    assert.deepEqual(sources, [
      { deviceId: ann.identity.id, userId: 'ann', host: '127.0.0.1', port: 9000, complete: true },
    ]);
    assert.equal(file.fileName, 'a.bin');
    assert.deepEqual((await ann.call('findSources', { ...lab, fileName: 'a.bin' })).sources, [], 'not oneself');

    const came = ann.next('sourceCame');
    const content = { ...lab, manifestId };
    assert.deepEqual(await bob.call('announce', { items: [{ ...content, complete: false }] }), { refused: [] });
    assert.deepEqual((await came).source.complete, false);
    const completed = ann.next('sourceCame');
    await bob.call('announce', { items: [{ ...content, complete: true }] });
    assert.deepEqual((await completed).source.complete, true);
    const withdrawn = ann.next('sourceWent');
    await bob.call('withdraw', { items: [content] });
    assert.equal((await withdrawn).deviceId, bob.identity.id);

    const lost = bob.next('sourceWent');
    ann.close();
    assert.equal((await lost).deviceId, ann.identity.id);
    const [listed] = (await bob.call('listFiles', lab)).files;
    assert.deepEqual([listed?.fileName, listed?.sharersOnline], ['a.bin', 0]);
  });

  it('refuse announcements of contents that are in no group of the user', async () => {
    await ann.call('createGroup', lab);
    const manifestId = await bench.manifest(ann);
    const items = [
      { ...lab, manifestId, complete: true },
      { groupId: 'none', manifestId, complete: true },
    ];
    const { refused } = await ann.call('announce', { items });
    assert.deepEqual(
      refused.map((one) => one.code),
      ['FILE_NOT_FOUND', 'GROUP_NOT_FOUND'],
    );
    await ann.call('shareFile', { ...lab, fileName: 'a', manifestId });
    assert.deepEqual(
      (await bob.call('announce', { items: items.slice(0, 1) })).refused.map((one) => one.code),
      ['NOT_A_MEMBER'],
    );
  });

  it('remove a file when the last sharer stops, and notify the members', async () => {
    await bench.lab(ann, ['bob', bob]);
    const manifestId = await bench.manifest(ann);
    await ann.call('shareFile', { ...lab, fileName: 'a', manifestId });
    await assert.rejects(bob.call('stopShare', { ...lab, fileName: 'a' }), hasCode('NOT_SHARED'));
    await assert.rejects(bob.call('stopShare', { ...lab, fileName: 'b' }), hasCode('FILE_NOT_FOUND'));
    const stopped = bob.next('fileStopped');
    await ann.call('stopShare', { ...lab, fileName: 'a' });
    assert.deepEqual(await stopped, { groupId: 'lab', fileName: 'a', manifestId });
    assert.deepEqual(await bob.call('listFiles', lab), { files: [], next: null });
  });

  it('share, find and stop many at once, each alone, and send one event', async () => {
    await bench.lab(ann, ['bob', bob]);
    const large = await bench.manifest(ann);
    const small = madeManifest(7);
    const manifest = Buffer.from(small.manifest.bytes).toString('base64url');
    const { manifestId } = small;
    const shared = bob.next('filesShared');
    const { files } = await ann.call('shareFiles', {
      groupId: 'LAB',
      files: [
        { fileName: 'src/a', manifestId: large },
        { fileName: 'src/b', manifestId, manifest },
        { fileName: '../c', manifestId: large },
        { fileName: 'd', manifestId: large, manifest },
        { fileName: 'e', manifestId: large, manifest: 'AAAA' },
        { fileName: 'src', manifestId: large },
      ],
    });
    assert.deepEqual(
      files.map((one) => ('file' in one ? one.file.fileName : one.code)),
      ['src/a', 'src/b', 'INVALID_NAME', 'MANIFEST_INVALID', 'MANIFEST_INVALID', 'NAME_TAKEN'],
    );
    const told = await shared;
    assert.equal(told.groupId, 'lab');
    assert.deepEqual(
      told.files.map(({ fileName, sharedBy, completeSources }) => [fileName, sharedBy, completeSources]),
      [
        ['src/a', 'ann', 1],
        ['src/b', 'ann', 1],
      ],
    );
    const fileNames = ['src/B', 'nosuch', 'src/a'];
    const located = await bob.call('locateFiles', { ...lab, fileNames });
    assert.deepEqual(
      located.files.map((one) => ('file' in one ? [one.file.fileName, one.sources] : one.code)),
      [['src/b', [{ device: 0, complete: true }]], 'FILE_NOT_FOUND', ['src/a', [{ device: 0, complete: true }]]],
    );
    assert.deepEqual(
      located.devices.map(({ userId }) => userId),
      ['ann'],
    );
    const ids = [manifestId, 'dd'.repeat(32), manifestId];
    assert.deepEqual(await bob.call('getManifests', { ...lab, manifestIds: ids }), {
      manifests: [manifest, null, manifest],
    });
    const stopped = bob.next('filesStopped');
    const { files: ends } = await ann.call('stopShares', { ...lab, fileNames });
    assert.deepEqual(
      ends.map((one) => ('code' in one ? one.code : 'ok')),
      ['ok', 'FILE_NOT_FOUND', 'ok'],
    );
    assert.deepEqual((await stopped).files, [
      { fileName: 'src/b', manifestId },
      { fileName: 'src/a', manifestId: large },
    ]);
  });

  it('withdraw the announcements of a member when the membership ends', async () => {
    await bench.lab(ann, ['bob', bob]);
    const manifestId = await bench.manifest(bob);
    await bob.call('shareFile', { ...lab, fileName: 'his', manifestId });
    await ann.call('findSources', { ...lab, fileName: 'his' });
    const events = Promise.all([ann.next('sourceWent'), ann.next('filesStopped'), bob.next('membershipChanged')]);
    await ann.call('removeMember', { ...lab, userId: 'bob' });
    assert.equal((await events)[2].change, 'removed');
    await assert.rejects(bob.call('listFiles', lab), hasCode('NOT_A_MEMBER'));
  });
});
