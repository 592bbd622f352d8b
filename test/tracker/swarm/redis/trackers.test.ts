import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createManifest, encodeManifest } from '../../../../sdk/protocol/index.js';
import { until } from '../../../support/until.js';
import { RawClient } from '../../raw-client.js';
import { TrackerNodes } from './tracker-nodes.js';

const ACCEPTS = ['missed', 'reach', 'meet', 'meetGo', 'fileUpdated'];

describe('two nodes of a tracker, on one store and one Redis Cluster', () => {
  let nodes: TrackerNodes;
  const clients: RawClient[] = [];
  /** Names of this test, because the cluster is shared. */
  let [ann, bob, lab] = ['', '', ''];

  beforeEach(async () => {
    nodes = await TrackerNodes.start(2, false);
    const id = randomBytes(6).toString('hex');
    [ann, bob, lab] = [`ann-${id}`, `bob-${id}`, `lab-${id}`];
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await nodes.close();
  });

  async function clientAt(node: 0 | 1, from?: RawClient): Promise<RawClient> {
    const client = await RawClient.open(nodes.urlOf(node), from?.identity);
    clients.push(client);
    return client;
  }
  /** Ann at the first node owns a group, in which Bob at the second one is a member. */
  async function meetInGroup(): Promise<{ atOne: RawClient; atTwo: RawClient }> {
    const endpoint = { host: '127.0.0.1', port: 9000 };
    const atOne = await (await clientAt(0)).signUp(ann, endpoint, ACCEPTS);
    const atTwo = await (await clientAt(1)).signUp(bob, endpoint, ACCEPTS);
    await atOne.call('createGroup', { groupId: lab });
    await atTwo.call('joinGroup', { groupId: lab });
    await until(async () => (await atOne.heard('joinRequested')).length === 1);
    await atOne.call('acceptRequest', { groupId: lab, userId: bob });
    await until(async () => (await atTwo.heard('membershipChanged')).length === 1);
    return { atOne, atTwo };
  }
  async function share(by: RawClient, userId: string): Promise<string> {
    const digest = randomBytes(20);
    const manifest = createManifest({ algorithm: 'sha1', sizeBytes: 8, fileDigest: digest, pieceDigests: digest });
    const bytes = encodeManifest(manifest);
    await nodes.folder.store.putManifest({ manifestId: manifest.id, sizeBytes: 8, bytes, userId, nowMs: Date.now() });
    await by.call('shareFile', { groupId: lab, fileName: 'a', manifestId: manifest.id });
    return manifest.id;
  }

  it('tell members of files and sources, wherever they are signed in', async () => {
    const { atOne, atTwo } = await meetInGroup();
    const manifestId = await share(atOne, ann);
    await until(async () => (await atTwo.heard('fileShared')).length === 1);
    const found = await atTwo.call('findSources', { groupId: lab, fileName: 'a' });
    assert.deepEqual(
      found.sources.map((one) => one.deviceId),
      [atOne.identity.id],
    );
    assert.equal(found.file.completeSources, 1);
    await atOne.call('withdraw', { items: [{ groupId: lab, manifestId }] });
    await until(async () => (await atTwo.heard('sourceWent')).length === 1);
    await atOne.call('announce', { items: [{ groupId: lab, manifestId, complete: true }] });
    await until(async () => (await atTwo.heard('sourceCame')).length === 1);
    await atOne.call('removeMember', { groupId: lab, userId: bob });
    await until(async () => (await atTwo.heard('membershipChanged')).length === 1);
    await atOne.call('withdraw', { items: [{ groupId: lab, manifestId }] });
    await atOne.call('listGroups', {});
    assert.deepEqual(await atTwo.heard('sourceWent'), [], 'he watches nothing of the group any more');
  });

  it('arrange meetings: the event names the node where the tokens are valid', async () => {
    const { atOne, atTwo } = await meetInGroup();
    await share(atOne, ann);
    const { meeting, relayToken } = await atTwo.call('meet', {
      groupId: lab,
      deviceId: atOne.identity.id,
      by: 'relay',
    });
    assert.ok(relayToken);
    let events = await atOne.heard('meet');
    await until(async () => {
      events = [...events, ...(await atOne.heard('meet'))];
      return events.length > 0;
    });
    const [{ relayToken: theirs, ...event } = {}] = events;
    assert.ok(theirs);
    const via = { host: '127.0.0.1', port: nodes.at(1).port };
    assert.deepEqual(event, {
      meeting,
      groupId: lab,
      deviceId: atTwo.identity.id,
      userId: bob,
      by: 'relay',
      addresses: [],
      via,
    });
  });

  it('end sessions at all nodes, and the former connection of a device that comes to another node', async () => {
    const atOne = await (await clientAt(0)).signUp(ann, null, ACCEPTS);
    const other = await clientAt(1);
    await other.hello(ACCEPTS);
    await other.logIn(ann);
    await atOne.call('changePassword', { password: 'pw', newPassword: 'pw2' });
    assert.equal(String((await other.closed)[1]), 'expired');
    const again = await clientAt(1, atOne);
    await again.hello(ACCEPTS);
    await again.resume(atOne.token);
    assert.equal(String((await atOne.closed)[1]), 'replaced');
  });
});
