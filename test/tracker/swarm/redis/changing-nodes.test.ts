import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { ShoalClient, type ShoalClientOptions } from '../../../../sdk/index.js';
import { nextEvent } from '../../../sdk/client/support.js';
import { until } from '../../../support/until.js';
import { RawClient } from '../../raw-client.js';
import { TrackerNodes } from './tracker-nodes.js';

/** How often each client asks while its node stops. */
const ASKS_AFTER = 20;
/** Below the budget of an address. */
const MOST_GROUPS = 100;

describe('clients of a tracker with several nodes', () => {
  let nodes: TrackerNodes;
  const clients: ShoalClient[] = [];
  let id = '';

  beforeEach(async () => {
    // The last one relays for the others.
    nodes = await TrackerNodes.start(3, true, (index) => ({ relayBytesPerSecond: index === 2 ? 8_000_000 : 0 }));
    id = randomBytes(6).toString('hex');
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await nodes.close();
  });

  function clientOf(name: string, options: Partial<ShoalClientOptions> = {}): ShoalClient {
    const place = { dataDir: join(nodes.path, name), listen: '127.0.0.1:0', portMapping: false };
    const client = new ShoalClient({ tracker: nodes.urlOf(0), ...place, ...options });
    clients.push(client);
    return client;
  }
  async function signedIn(name: string, options?: Partial<ShoalClientOptions>): Promise<ShoalClient> {
    const client = clientOf(name, options);
    await client.connect();
    await client.createUser(`${name}-${id}`, 'password');
    await client.login(`${name}-${id}`, 'password');
    return client;
  }
  /** Makes a group of two. */
  async function groupOf(owner: ShoalClient, member: ShoalClient): Promise<string> {
    const lab = `lab-${id}`;
    await owner.createGroup(lab);
    const asked = nextEvent(owner, 'joinRequested');
    await member.joinGroup(lab);
    await asked;
    const joined = nextEvent(member, 'membershipChanged');
    await owner.acceptRequest(lab, member.userId ?? '');
    await joined;
    return lab;
  }
  const places = () => [0, 1, 2].map((index) => ({ host: '127.0.0.1', port: nodes.at(index).port }));
  const byPort = (some: readonly { port: number }[]) => some.map(({ port }) => port).toSorted();
  const knowsAll = (client: ShoalClient) => byPort(client.trackerNodes).join() === byPort(places()).join();
  /** A node knows the addresses of the others when it has renewed its lease. */
  const nodesOf = async (index: number) => {
    const raw = await RawClient.open(nodes.urlOf(index));
    try {
      return byPort((await raw.hello()).nodes ?? []);
    } finally {
      raw.close();
    }
  };
  const allKnown = () =>
    until(async () => (await Promise.all([0, 1, 2].map(nodesOf))).every((known) => known.length === 3));

  it('are told where the others are, and find them when the one that they were given is gone', async () => {
    await allKnown();
    const ann = await signedIn('ann');
    assert.ok(knowsAll(ann));
    await ann.close();
    await nodes.at(0).tracker.close();
    await until(async () => (await Promise.all([1, 2].map(nodesOf))).every((known) => known.length === 2));
    const again = clientOf('ann');
    await again.connect();
    await again.login(`ann-${id}`, 'password');
    assert.deepEqual(byPort(again.trackerNodes), byPort(places().slice(1)));
  });

  it('leave one that stops without a failed request, and go on where they were', async () => {
    await allKnown();
    const [ann, bob] = await Promise.all([signedIn('ann'), signedIn('bob')]);
    const others = await Promise.all(['carol', 'dave'].map((name) => signedIn(name)));
    const lab = await groupOf(ann, bob);

    let isOver = false;
    let lost = 0;
    for (const client of clients) client.on('disconnected', () => lost++);
    const failed: unknown[] = [];
    const made: string[] = [];
    const asking = [ann, bob, ...others].map(async (client, index) => {
      for (let number = 0, after = 0; after < ASKS_AFTER; number++, after += isOver ? 1 : 0) {
        const groupId = `${index}-${number}-${id}`;
        const isWrite = number % 3 === 0 && made.length < MOST_GROUPS;
        try {
          if (isWrite) await client.createGroup(groupId);
          else await client.listGroups();
          if (isWrite) made.push(groupId);
        } catch (error) {
          failed.push(error);
        }
      }
    });
    await until(() => made.length > 8);
    const ready = await readiness(nodes.urlOf(0));
    const stopping = nodes.at(0).tracker.close();
    const unready = await readiness(nodes.urlOf(0));
    await stopping;
    isOver = true;
    await Promise.all(asking);
    assert.deepEqual([ready, unready], [200, 503]);
    assert.deepEqual([failed, lost], [[], 0]);
    const listed = new Set((await ann.listGroups()).map(({ groupId }) => groupId));
    assert.deepEqual(
      made.filter((groupId) => !listed.has(groupId)),
      [],
    );
    const told = nextEvent(ann, 'membershipChanged');
    await bob.leaveGroup(lab);
    assert.equal((await told).userId, `bob-${id}`, 'events arrive at the other node');
  });

  it('meet at the relay of a third one if theirs has none', async () => {
    await allKnown();
    const [ann, bob] = await Promise.all([
      signedIn('ann', { connect: 'relay' }),
      signedIn('bob', { tracker: nodes.urlOf(1), connect: 'relay' }),
    ]);
    const lab = await groupOf(ann, bob);
    const path = join(nodes.path, 'shared');
    const bytes = randomBytes(1_000_000);
    await writeFile(path, bytes);
    await ann.shareFile(path, lab);
    const download = bob.downloadFile(lab, 'shared', join(nodes.path, 'copy'));
    const { path: copy } = await download.done;
    assert.ok(bytes.equals(await readFile(copy)));
    assert.deepEqual(
      download.progress.sources.map(({ cameBy }) => cameBy),
      ['relay'],
    );
    assert.deepEqual(await Promise.all([0, 1, 2].map(async (index) => (await relayedBytes(nodes.urlOf(index))) > 0)), [
      false,
      false,
      true,
    ]);
  });

  it('that do not know how to leave are let go at the end', async () => {
    const raw = await RawClient.open(nodes.urlOf(0));
    await raw.signUp(`eve-${id}`, null, ['missed']);
    await nodes.at(0).tracker.close();
    assert.equal((await raw.closed)[0], 1001);
  });
});

async function readiness(url: string): Promise<number> {
  return (await ask(url, '/readyz')).status;
}

/** Bytes that a node relayed. */
async function relayedBytes(url: string): Promise<number> {
  return Number(/^shoal_relayed_bytes_total (\d+)/m.exec((await ask(url, '/metrics')).text)?.[1] ?? 0);
}

function ask(url: string, path: string): Promise<{ status: number; text: string }> {
  const { host } = new URL(url);
  return new Promise((resolve, reject) => {
    get(`https://${host}${path}`, { rejectUnauthorized: false, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (more: string) => {
        text += more;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}
