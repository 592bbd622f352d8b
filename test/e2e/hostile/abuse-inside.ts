import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { readTlsIdentity } from '../../../sdk/identity/index.js';
import type { TrackerEvent } from '../../../sdk/protocol/index.js';
import { until, untilSeen } from '../../support/until.js';
import type { RawClient } from '../../tracker/raw-client.js';
import { type Peer, Stage, type Tracker } from '../support/processes.js';
import { randomFile, signUp } from '../support/scenes.js';
import type { Host } from '../swarm/network.js';
import type { Abuse } from './abuse.js';
import { type AbuseNetwork, ALSO_LIAR, LIAR, openNetwork, PEER_PORT } from './abuse-network.js';
import { announcements, FORBIDDEN_PORTS } from './forbidden.js';
import { HostileTracker } from './hostile-tracker.js';
import { BAIT, Mallory, untilClosed } from './mallory.js';

/** The first process of the namespaces, on the computer of the liar: it misuses a tracker and its members, and reports what the victims counted. */

const MAX_ADDRESSES = 8;
/** Addresses of the victim that are announced: more than the tracker may look at. */
const LOOKS = 48;
/** Requests to meet, of which the tracker should grant few. */
const REQUESTS = 240;
/** Calls of a hostile tracker. */
const CALLS = 100;
/** The first port of the victim that a hostile tracker names. */
const FIRST_PORT = 10_000;

const newToken = () => randomBytes(16).toString('base64url');
const newDeviceId = () => randomBytes(32).toString('hex');

class Scene {
  readonly #stage: Stage;
  readonly #net: AbuseNetwork;
  readonly #tracker: Tracker;
  readonly #mallory: Mallory;
  /** Requests to meet by their outcome. */
  readonly #meets: Record<string, number> = {};

  constructor(stage: Stage, net: AbuseNetwork, tracker: Tracker) {
    this.#stage = stage;
    this.#net = net;
    this.#tracker = tracker;
    this.#mallory = new Mallory(tracker.url, LIAR);
  }

  async run(): Promise<Abuse> {
    const { victim, neighbour, loopbacks, liar, alice: aliceAt, bob: bobAt } = this.#net;
    const [alice, bob] = [await this.#start(aliceAt, 'alice'), await this.#start(bobAt, 'bob')];
    for (const group of ['lab', 'private']) await bob.say(`create_group ${group}`);
    await this.#join(alice, 'alice', bob);
    await this.#share(alice, 'of-alice.bin', 'lab');
    await this.#share(bob, 'of-bob.bin', 'private');
    const { client } = await this.#mallory.openDevice();
    await client.call('joinGroup', { groupId: 'lab' });
    assert.match(await bob.say('accept_request lab mallory'), /is a member/);
    const { devices, bait } = await this.#announce();
    await this.#seek(alice, 'alice');
    await this.#seek(bob, 'bob');
    const arranged = await this.#askToMeet(client);
    await until(() => liar.packets('byBob') > 2);
    const relayed = await this.#misuseRelay(devices);
    const carol = await this.#misuseClient(bob, bait);
    const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
    const found: Abuse = {
      forbidden: {
        elsewhere: victim.packets('private') + victim.packets('six') + victim.packets('lowPorts'),
        loopback: sum(loopbacks.map((one) => one.packets('loopback'))),
        neighbour: neighbour.packets('arrived'),
      },
      victim: {
        byTracker: victim.packets('byTracker'),
        byMembers: victim.packets('byMembers'),
        byClientOfHostileTracker: victim.packets('byCarol'),
        portsOfThose: victim.ports('byCarol'),
      },
      meets: this.#meets,
      back: { connections: liar.packets('byAlice'), arranged },
      dialledLiar: liar.packets('byBob'),
      relayed,
    };
    this.#mallory.close();
    await Promise.all([alice, bob, carol].map((peer) => peer.stop()));
    return found;
  }

  /** Announces everything that nobody must dial, and more addresses of the victim than the tracker may look at. */
  async #announce(): Promise<{ devices: RawClient[]; bait: string }> {
    const { forbidden, names, victimAt } = this.#net;
    const lies = [
      ...forbidden.map((host) => ({ host, port: PEER_PORT })),
      ...names.map((host) => ({ host, port: PEER_PORT })),
      ...FORBIDDEN_PORTS.map((port) => ({ host: victimAt, port })),
      ...Array.from({ length: LOOKS }, (_none, index) => ({ host: victimAt, port: FIRST_PORT - 1 - index })),
    ];
    const devices: RawClient[] = [];
    let bait = '';
    for (const addresses of announcements(lies, MAX_ADDRESSES)) {
      const device = await this.#mallory.device({ endpoint: { port: PEER_PORT }, addresses });
      devices.push(device);
      bait = await this.#mallory.offer(device);
      await device.call('moved', { endpoint: { port: PEER_PORT }, addresses });
    }
    for (const host of names) {
      const named = await this.#mallory.device({ endpoint: { host, port: PEER_PORT }, addresses: undefined });
      await this.#mallory.offer(named);
      devices.push(named);
    }
    return { devices, bait };
  }

  /** Asks for many more meetings than a device may have, also with those who have nothing to do with it. */
  async #askToMeet(client: RawClient): Promise<number> {
    const { sources } = await client.call('findSources', { groupId: 'lab', fileName: 'of-alice.bin' });
    const alice = sources.find(({ userId }) => userId === 'alice')?.deviceId ?? '';
    const eve = await this.#mallory.device({ endpoint: { port: PEER_PORT }, addresses: [] }); // in the group, with nothing in it
    await untilSeen(
      async () => (await client.heard('reach')).flatMap(({ addresses }) => addresses),
      (found) => found.some(({ verdict }) => verdict === 'open'),
    );
    let arranged = 0;
    const ask = async (groupId: string, deviceId: string, by: 'back' | 'punch' | 'relay') => {
      const outcome = await client.outcome('meet', { groupId, deviceId, by });
      this.#meets[outcome] = (this.#meets[outcome] ?? 0) + 1;
      if (outcome === 'ok' && by === 'back') arranged++;
    };
    for (const by of ['back', 'punch', 'relay'] as const) {
      await ask('private', alice, by);
      await ask('lab', eve.identity.id, by);
      await ask('lab', newDeviceId(), by);
    }
    for (let request = 0; request < REQUESTS; request++) await ask('lab', alice, 'back');
    await until(() => this.#net.liar.packets('byAlice') > 0);
    return arranged;
  }

  /** Tries to be relayed, and to be seen elsewhere, without what it takes. */
  async #misuseRelay(devices: readonly RawClient[]): Promise<Abuse['relayed']> {
    const mallory = this.#mallory;
    const [one, other] = devices;
    assert.ok(one && other);
    const meet = async (by: 'punch' | 'relay') => {
      const own = await mallory.meet(one, other.identity.id, by);
      const its = (await other.heard('meet')).find(({ meeting }) => meeting === own.meeting);
      assert.ok(its);
      return by === 'relay'
        ? [own.relayToken ?? '', its.relayToken ?? '']
        : [own.observeToken ?? '', its.observeToken ?? ''];
    };
    const [first = '', ofFirst = ''] = await meet('relay');
    const [second = '', ofSecond = ''] = await meet('relay');
    const [shown = '', ofShown = ''] = await meet('punch');
    const refused = [
      ...[newToken(), first, ofShown].map((token) => mallory.dial('relay', token, 'source')),
      ...[newToken(), ofFirst, shown].map((token) => mallory.dial('relay', token, 'requester')),
      ...[newToken(), shown, ofFirst].map((token) => mallory.dial('observe', token, 'source')),
      ...[newToken(), ofShown, first].map((token) => mallory.dial('observe', token, 'requester')),
      ...['requester', 'source'].map((side) => mallory.dial('back', first, side as 'source')),
    ];
    const toStrangers = await Promise.all(refused.map(async (socket) => untilClosed(await socket)));
    // Two ends of different meetings are not joined: the second one hears its own other end first.
    const stray = await mallory.dial('relay', first, 'requester');
    stray.write('ours');
    const source = await mallory.dial('relay', ofSecond, 'source');
    toStrangers.push(await untilClosed(await mallory.dial('relay', first, 'requester'))); // a token works once
    (await mallory.dial('relay', second, 'requester')).write('theirs');
    const [heard] = (await once(source, 'data')) as [Buffer];
    await mallory.dial('observe', ofShown, 'source');
    toStrangers.push(await untilClosed(await mallory.dial('observe', shown, 'requester', ALSO_LIAR)));
    const seen = [...(await one.heard('meetGo')), ...(await other.heard('meetGo'))];
    return {
      toStrangers: toStrangers.reduce((all, bytes) => all + bytes, 0),
      toOthers: [heard.toString()],
      seenElsewhere: seen.length,
    };
  }

  /** Lets a client meet a tracker that sends it where nobody must go, and to many places at once. */
  async #misuseClient(owner: Peer, manifestId: string): Promise<Peer> {
    const { victim, forbidden, victimAt, carol: carolAt } = this.#net;
    const identity = readTlsIdentity(JSON.parse(await readFile(this.#stage.path('tracker', 'identity.json'), 'utf8')));
    const hostile = await HostileTracker.open(LIAR, identity, this.#tracker.url);
    const carol = await this.#start(carolAt, 'carol', hostile.url);
    await this.#join(carol, 'carol', owner);
    await this.#seek(carol, 'carol');
    const bad = [
      ...forbidden.map((host) => ({ host, port: PEER_PORT })),
      ...FORBIDDEN_PORTS.map((port) => ({ host: victimAt, port })),
    ];
    for (const addresses of announcements(bad, MAX_ADDRESSES)) {
      const [first] = addresses;
      if (!first) continue;
      const about = {
        deviceId: newDeviceId(),
        userId: 'mallory',
        complete: true,
        reach: 'open' as const,
        meets: false,
      };
      hostile.tell('sourceCame', {
        groupId: 'lab',
        manifestId,
        source: { ...about, host: first.host, port: first.port, addresses },
      });
      hostile.tell('meet', { ...this.#call(), addresses });
      hostile.tell('meetGo', { meeting: newToken(), address: first, afterMs: 0 });
    }
    for (let call = 0; call < CALLS; call++) {
      const addresses = Array.from({ length: MAX_ADDRESSES }, (_none, index) => ({
        host: victimAt,
        port: FIRST_PORT + call * MAX_ADDRESSES + index,
      }));
      hostile.tell('meet', { ...this.#call(), addresses });
    }
    await until(() => victim.packets('byCarol') > 0);
    const counts = [0];
    await untilSeen(
      () => counts[counts.push(victim.packets('byCarol')) - 1],
      (count) => count === counts.at(-2),
      1000,
    );
    hostile.close();
    return carol;
  }

  #call(): Omit<TrackerEvent<'meet'>, 'addresses'> {
    const userId = `mallory${randomBytes(4).toString('hex')}`;
    return { meeting: newToken(), groupId: 'lab', deviceId: newDeviceId(), userId, by: 'back' };
  }

  async #start({ within }: Host, name: string, tracker = this.#tracker.url): Promise<Peer> {
    const peer = this.#stage.startPeer(name, tracker, { listen: '[::]:0', within, args: ['--port-mapping', 'off'] });
    await signUp(peer, name);
    return peer;
  }

  async #join(peer: Peer, name: string, owner: Peer): Promise<void> {
    await peer.say('join_group lab');
    assert.match(await owner.say(`accept_request lab ${name}`), /is a member/);
  }

  async #share(peer: Peer, fileName: string, group: string): Promise<void> {
    const path = this.#stage.path(fileName);
    randomFile(path, 2 ** 20);
    assert.match(await peer.say(`upload_file ${path} ${group}`), /^shared/);
  }

  /** Lets a member look for the bait, which only liars have. */
  async #seek(peer: Peer, name: string): Promise<void> {
    const folder = await this.#stage.subfolder('inbox', name);
    assert.match(await peer.say(`download_file lab ${BAIT} ${folder}`), /^downloading/);
  }
}

/** The parent is gone: the system ends all other processes together with this one. */
const end = () => process.exit(1);
process.once('disconnect', end);
{
  await using stage = await Stage.open();
  const net = await openNetwork(stage.folder);
  const tracker = await stage.startTracker({ host: net.tracker.address, within: net.tracker.within });
  process.send?.(await new Scene(stage, net, tracker).run());
}
process.off('disconnect', end);
process.disconnect(); // messages sent before still arrive
