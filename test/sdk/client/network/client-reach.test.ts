import assert from 'node:assert/strict';
import { EventEmitter } from 'eventemitter3';
import type { Reach } from '../../../../sdk/client/api/reach.js';
import { ClientReach } from '../../../../sdk/client/network/client-reach.js';
import { OwnAddresses } from '../../../../sdk/client/network/own-addresses.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';
import type { EngineCommand } from '../../../../sdk/engine/index.js';
import type { DeviceProof } from '../../../../sdk/protocol/index.js';
import { LATE_AFTER_MS, LOOK_EVERY_MS } from '../../../../sdk/reach/index.js';
import { until } from '../../../support/until.js';
import { info } from '../../reach/interface-info.js';

const SEEN = { host: '203.0.113.7', port: 24_816 };
const DEVICE = 'ab'.repeat(32);
const PROOF = { publicKey: '', proof: '' };

/** A client's reach between a scripted engine, a scripted tracker and a computer that travels. */
class Traveller {
  host = '192.168.1.10';
  offered = ['reach', 'meetings', 'relay'];
  nowMs = 0;
  look = () => {};
  isWatched = true;
  readonly sent: EngineCommand[] = [];
  readonly asked: [method: string, params: object][] = [];
  readonly told: Reach[] = [];
  /** Whether each of two local addresses was there when the tracker's connection was looked at. */
  readonly looked: boolean[][] = [];
  readonly engine = Object.assign(new EventEmitter(), { send: (command: EngineCommand) => this.sent.push(command) });
  readonly link = Object.assign(new EventEmitter(), {
    online: this.#online(),
    networkChanged: (has: (address: string) => boolean) => this.looked.push([has('192.168.1.10'), has('10.0.0.7')]),
  });
  readonly reach: ClientReach;

  constructor() {
    const call = (method: string, params: object) => {
      this.asked.push([method, params]);
      return Promise.resolve(method === 'moved' ? { seen: SEEN } : { meeting: 'm'.repeat(22) });
    };
    this.reach = new ClientReach({
      link: this.link as never,
      engine: this.engine as never,
      own: new OwnAddresses({
        listening: { host: '::', port: 24_816 },
        advertised: undefined,
        interfaces: () => ({ wlan0: [info(this.host)] }),
      }),
      logger: SILENT,
      connect: 'auto',
      session: () => ({ call: call as never, isMember: (groupId) => groupId === 'lab' }),
      onChanged: (reach) => this.told.push(reach),
      clock: {
        nowMs: () => this.nowMs,
        every: (_ms, act) => {
          this.look = act;
          return () => {
            this.isWatched = false;
          };
        },
      },
    });
  }

  signIn(): DeviceProof {
    const proof = { ...PROOF, ...this.reach.places(this.#online() as never) };
    this.reach.signedIn(proof);
    return proof;
  }

  /** The next look at the network, late by as much. */
  lookAgain(lateMs = 0): void {
    this.nowMs += LOOK_EVERY_MS + lateMs;
    this.look();
  }

  #online(): object {
    const location = { host: 'tracker.example', port: 6970 };
    return {
      location,
      remoteAddress: '198.51.100.1',
      localAddress: '',
      isLoopback: false,
      hello: { offers: this.offered },
    };
  }
}

describe('the reach of a client', () => {
  let traveller: Traveller;

  beforeEach(() => {
    traveller = new Traveller();
  });
  afterEach(() => traveller.reach.close());

  it('follows the computer into another network: engine, connection and announcement', async () => {
    const { addresses } = traveller.signIn();
    assert.deepEqual(addresses, [{ host: '192.168.1.10', port: 24_816, kind: 'private' }]);
    traveller.lookAgain();
    assert.deepEqual(traveller.looked, []);
    traveller.host = '10.0.0.7';
    traveller.lookAgain();
    assert.deepEqual(traveller.looked, [[false, true]]);
    assert.ok(traveller.sent.some(({ type }) => type === 'networkChanged'));
    await until(() => traveller.asked.length > 0);
    const moved = { endpoint: { port: 24_816 }, addresses: [{ host: '10.0.0.7', port: 24_816, kind: 'private' }] };
    assert.deepEqual(traveller.asked, [['moved', moved]]);
  });

  it('looks at every connection after the computer slept, and announces nothing new', async () => {
    traveller.signIn();
    traveller.lookAgain(LATE_AFTER_MS + 1);
    assert.deepEqual(traveller.looked, [[true, false]]);
    assert.deepEqual(
      traveller.sent.map(({ type }) => type),
      ['ways', 'networkChanged'],
    );
    await Promise.resolve();
    assert.deepEqual(traveller.asked, []);
  });

  it('announces what a router forwards, and no more when it forwards nothing', async () => {
    traveller.signIn();
    traveller.reach.setMapping({ host: '203.0.113.7', port: 24_816, by: 'PCP' });
    await until(() => traveller.asked.length === 1);
    traveller.link.emit('reach', { addresses: [{ ...SEEN, kind: 'mapped', verdict: 'open' }] });
    const { situation, sentence, mapping } = traveller.reach.describe();
    assert.equal(situation, 'open');
    assert.match(sentence, /by PCP/);
    assert.equal(mapping?.by, 'PCP');
    traveller.reach.setMapping(undefined);
    await until(() => traveller.asked.length === 2);
    assert.equal(traveller.reach.describe().situation, 'checking');
  });

  it('is told when it changes, and only then', () => {
    traveller.signIn();
    assert.deepEqual(traveller.told.map(({ situation }) => situation).slice(-1), ['checking']);
    const before = traveller.told.length;
    traveller.reach.review();
    assert.equal(traveller.told.length, before);
    const found = { addresses: [{ ...SEEN, kind: 'seen', verdict: 'closed' }] };
    traveller.link.emit('reach', found);
    traveller.link.emit('reach', found);
    assert.equal(traveller.told.length, before + 1);
    assert.equal(traveller.told.at(-1)?.situation, 'behind');
    traveller.link.emit('lost');
    assert.equal(traveller.told.at(-1)?.situation, 'signedOut');
  });

  it('uses the ways that the user wants, and hides the addresses if that is the relay', async () => {
    traveller.signIn();
    traveller.reach.setConnect('relay');
    assert.deepEqual(traveller.sent.at(-1), { type: 'ways', connect: 'relay' });
    await until(() => traveller.asked.length > 0);
    assert.deepEqual(traveller.asked, [['moved', { endpoint: { port: 24_816 }, addresses: [] }]]);
    assert.equal(traveller.told.at(-1)?.situation, 'relayOnly');
  });

  it('passes meetings between engine and tracker, both ways', async () => {
    traveller.signIn();
    traveller.engine.emit('meetWanted', { request: 1, groupId: 'lab', deviceId: DEVICE, by: 'back' });
    await until(() => traveller.sent.some(({ type }) => type === 'meeting'));
    const common = { meeting: 'm'.repeat(22), groupId: 'lab', deviceId: DEVICE, userId: 'bob' };
    traveller.link.emit('meet', { ...common, by: 'back', addresses: [SEEN] });
    assert.equal(traveller.sent.at(-1)?.type, 'called');
  });

  it('watches the network no longer than it lives', () => {
    traveller.reach.close();
    assert.equal(traveller.isWatched, false);
  });
});
