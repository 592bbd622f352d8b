import { EventEmitter } from 'eventemitter3';
import type { Reach } from '../../../../sdk/client/api/reach.js';
import { ClientReach } from '../../../../sdk/client/network/client-reach.js';
import { OwnAddresses } from '../../../../sdk/client/network/own-addresses.js';
import { SILENT } from '../../../../sdk/client/util/logger.js';
import type { EngineCommand } from '../../../../sdk/engine/index.js';
import type { DeviceProof, Endpoint, ReachVerdict } from '../../../../sdk/protocol/index.js';
import { LOOK_EVERY_MS } from '../../../../sdk/reach/index.js';
import { info } from '../../reach/interface-info.js';
import { ScriptedMapper } from './scripted-mapper.js';

/** Where the router of the traveller is seen. */
export const SEEN = { host: '203.0.113.7', port: 24_816 };
const PROOF = { publicKey: '', proof: '' };

/** A client's reach between a scripted engine, a scripted tracker and a computer that travels. */
export class Traveller {
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
    checkIfQuiet: () => {},
    networkChanged: (has: (address: string) => boolean) => this.looked.push([has('192.168.1.10'), has('10.0.0.7')]),
  });
  /** The mappers that were made, the current one last. */
  readonly mappers: ScriptedMapper[] = [];
  isSignedIn = false;
  trackerHost = '198.51.100.1';
  /** The tracker's answer to each call. */
  answer = (method: string, _params: object): Promise<object> =>
    Promise.resolve(method === 'moved' ? { seen: SEEN } : { meeting: 'm'.repeat(22) });
  readonly reach: ClientReach;

  constructor({ host = '::', advertised }: { host?: string; advertised?: Endpoint } = {}) {
    const call = (method: string, params: object) => {
      this.asked.push([method, params]);
      return this.answer(method, params);
    };
    this.reach = new ClientReach({
      link: this.link as never,
      engine: this.engine as never,
      own: new OwnAddresses({
        listening: { host, port: 24_816 },
        advertised,
        interfaces: () => ({ wlan0: [info(this.host)] }),
      }),
      logger: SILENT,
      connect: 'auto',
      portMapping: true,
      makeMapper: (options) => {
        const mapper = new ScriptedMapper(options);
        this.mappers.push(mapper);
        return mapper;
      },
      nonce: () => Promise.resolve(Buffer.alloc(12, 7)),
      session: () => (this.isSignedIn ? { call: call as never, isMember: (groupId) => groupId === 'lab' } : undefined),
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

  /** The mapper that runs. */
  get mapper(): ScriptedMapper {
    const mapper = this.mappers.at(-1);
    if (!mapper) throw new Error('no router was asked');
    return mapper;
  }

  signIn(): DeviceProof {
    this.isSignedIn = true;
    this.link.online = this.#online();
    const proof = { ...PROOF, ...this.reach.places(this.#online() as never) };
    this.reach.signedIn(proof);
    return proof;
  }

  signOut(): void {
    this.isSignedIn = false;
    this.reach.signedOut();
  }

  /** What the tracker found at the mapped address. */
  finds(verdict: ReachVerdict): void {
    this.link.emit('reach', { addresses: [{ ...SEEN, kind: 'mapped', verdict }] });
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
      remoteAddress: this.trackerHost,
      localAddress: '',
      isLoopback: this.trackerHost === '127.0.0.1',
      hello: { offers: this.offered },
    };
  }
}
