import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineThread } from '../../../sdk/engine/engine.js';
import { assemble, digestFile, type HashedFile } from '../../../sdk/engine/hashing/hash-jobs.js';
import { Engine, type EngineEvent, type LocalCopy } from '../../../sdk/engine/index.js';
import { TlsTransport } from '../../../sdk/engine/transport/tls-transport.js';
import type { PeerTransport } from '../../../sdk/engine/transport/transport.js';
import { type Clock, SYSTEM_CLOCK } from '../../../sdk/engine/util/clock.js';
import { createTlsIdentity, keyId, signTicket, type TlsIdentity } from '../../../sdk/identity/index.js';
import { ShoalError, type Source, type TicketClaims, type TicketKey } from '../../../sdk/protocol/index.js';
import { fastClock } from '../../support/fast-clock.js';
import { MemoryNetwork } from '../../support/memory-network.js';
import { nextOf } from '../../support/next-event.js';
import { localThread } from './local-thread.js';

export const GROUP = 'lab';
const ORDER = { overwrite: false, sequential: false };

/** Signs tickets like a tracker. */
export class TicketIssuer {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  get publicKeys(): TicketKey[] {
    const jwk = this.#keys.publicKey.export({ format: 'jwk' });
    return [{ kty: 'EC', crv: 'P-256', x: String(jwk.x), y: String(jwk.y), kid: this.#kid }];
  }

  sign(deviceId: string, claims: Partial<TicketClaims> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const all = { grp: GROUP, sub: 'someone', dev: deviceId, epo: 0, iat: now, exp: now + 300, ...claims };
    return signTicket(all, this.#keys.privateKey, this.#kid);
  }

  get #kid(): string {
    return keyId(createPublicKey(this.#keys.publicKey.export({ type: 'spki', format: 'pem' }))).slice(0, 16);
  }
}

export interface BenchOptions {
  /** Where engines run, and their transport. Default: this thread, and memory. */
  readonly over?: 'memory' | 'tls' | 'tls and threads';
  /** The factor by which time is accelerated in this thread. Default 1. */
  readonly speed?: number;
  /** The network between peers. Default: an instant in-memory network. */
  readonly network?: MemoryNetwork;
}

/** A temporary folder and the engines of a test. It removes all of them at the end. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'shoal-engine-'));
  readonly office = new TicketIssuer();
  readonly clock: Clock;
  readonly network: MemoryNetwork;
  readonly #over: NonNullable<BenchOptions['over']>;
  readonly #engines: Engine[] = [];
  #nextDownload = 1;

  constructor({ over = 'memory', speed = 1, network }: BenchOptions = {}) {
    this.#over = over;
    this.clock = speed === 1 ? SYSTEM_CLOCK : fastClock(speed);
    this.network = network ?? new MemoryNetwork({ clock: this.clock });
  }

  /** The transport of a device. */
  transportOf(identity: TlsIdentity): PeerTransport {
    return this.#over === 'memory' ? this.network.transportOf(identity.id) : new TlsTransport(identity);
  }

  #thread(): EngineThread | undefined {
    if (this.#over === 'tls and threads') return undefined;
    return localThread({ clock: this.clock, transport: (identity) => this.transportOf(identity) });
  }

  async peer(epoch = 0): Promise<Peer> {
    const identity = await createTlsIdentity('test');
    const { engine, address } = await Engine.start(identity, '127.0.0.1', 0, this.#thread());
    this.#engines.push(engine);
    engine.send({ type: 'trust', ticketKeys: this.office.publicKeys, isLoopback: true });
    engine.send({ type: 'trackerTime', nowMs: Date.now() });
    engine.send({ type: 'groups', groups: [{ groupId: GROUP, epoch }] });
    const source: Source = { deviceId: identity.id, userId: identity.id.slice(0, 8), ...address, complete: true };
    return { identity, engine, source };
  }

  /** Writes a file of random bytes. */
  file(name: string, sizeBytes: number): string {
    const path = join(this.folder, name);
    writeFileSync(path, randomBytes(sizeBytes));
    return path;
  }

  async hash(path: string): Promise<HashedFile> {
    const digested = await digestFile(path, 'sha1', 'both', new AbortController().signal, () => {});
    return assemble(path, 'sha1', digested, digested);
  }

  async serve(peer: Peer, path: string): Promise<Uint8Array> {
    const { manifest, stamp } = await this.hash(path);
    peer.engine.send({ type: 'serve', groupId: GROUP, manifest, path, stamp });
    return manifest;
  }

  /** Starts a download with a valid ticket. Returns its id. */
  async download(
    peer: Peer,
    manifest: Uint8Array,
    finalPath: string,
    sources: readonly Source[],
    copies: readonly LocalCopy[] = [],
  ): Promise<number> {
    const downloadId = this.#nextDownload++;
    peer.engine.send({ type: 'ticket', groupId: GROUP, ticket: await this.office.sign(peer.identity.id) });
    peer.engine.send({ type: 'download', downloadId, groupId: GROUP, manifest, finalPath, copies, ...ORDER });
    for (const source of sources) peer.engine.send({ type: 'sourceCame', downloadId, source });
    return downloadId;
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface Peer {
  readonly identity: TlsIdentity;
  readonly engine: Engine;
  readonly source: Source;
}

/** Resolves once a download is done; rejects if it fails. */
export function finished(peer: Peer, downloadId: number): Promise<void> {
  return new Promise((resolve, reject) => {
    peer.engine.on('downloadDone', (event) => event.downloadId === downloadId && resolve());
    peer.engine.on(
      'downloadFailed',
      (event) => event.downloadId === downloadId && reject(new ShoalError(event.code, event.message)),
    );
    peer.engine.on('died', reject);
  });
}

/** The next event of a type that satisfies the predicate. */
export async function nextEvent<T extends EngineEvent['type']>(
  peer: Peer,
  type: T,
  satisfies: (event: EngineEvent & { type: T }) => boolean = () => true,
): Promise<EngineEvent & { type: T }> {
  const [event] = await nextOf<[EngineEvent & { type: T }]>(peer.engine, type, satisfies);
  return event;
}
