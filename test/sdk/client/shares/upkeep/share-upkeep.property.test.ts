import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { DEFAULT_KEPT_VERSIONS } from '../../../../../sdk/client/api/kept-versions.js';
import { KeptContents } from '../../../../../sdk/client/kept/kept-contents.js';
import { Library } from '../../../../../sdk/client/library/library.js';
import type { LibraryAccount } from '../../../../../sdk/client/library/library-account.js';
import type { LibraryShare } from '../../../../../sdk/client/library/records/library-schema.js';
import type { Session } from '../../../../../sdk/client/session/session.js';
import { ShareRemoval } from '../../../../../sdk/client/shares/registration/share-removal.js';
import { ShareService } from '../../../../../sdk/client/shares/serving/share-service.js';
import { ShareStates } from '../../../../../sdk/client/shares/serving/share-states.js';
import { OlderVersions } from '../../../../../sdk/client/shares/upkeep/older-versions.js';
import { ShareUpkeep } from '../../../../../sdk/client/shares/upkeep/share-upkeep.js';
import { type FileStamp, sameStamp } from '../../../../../sdk/disk/index.js';
import { type EngineCommand, HashPool } from '../../../../../sdk/engine/index.js';
import { type ShareStateName, ShoalError } from '../../../../../sdk/index.js';
import { decodeManifest } from '../../../../../sdk/protocol/index.js';

/** Two files on a disk that can be unplugged, and two equal ones at home. */
const PLACES = ['disk/deep/a', 'disk/b', 'home/c', 'home/d'];
const PUBLISHED = ['published a', 'published b', 'a licence', 'a licence'];

const EVENTS = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constantFrom(
        'edit',
        'grow',
        'restore',
        'touch',
        'renameOther',
        'renameSame',
        'remove',
        'unseen',
        'stop',
      ),
      at: fc.nat(PLACES.length - 1),
    }),
    fc.record({ type: fc.constantFrom('unplug', 'plug', 'restart'), at: fc.constant(0) }),
  ),
  { minLength: 1, maxLength: 14 },
);

describe('shares whose files change in any way', () => {
  let hashes: HashPool;
  before(() => {
    hashes = new HashPool();
  });
  after(() => hashes.close());

  it('are served with the bytes of their digests only, and none that is wished for is lost', async () => {
    await fc.assert(
      fc.asyncProperty(EVENTS, async (events) => {
        const world = await World.make(hashes);
        try {
          for (const event of events) {
            await world.happens(event);
            world.check();
          }
        } finally {
          await world.close();
        }
      }),
      { numRuns: 25 },
    );
  });
});

/** Real files and a real library, with an engine that only keeps what it is told. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'shoal-upkeep-'));
  readonly #hashes: HashPool;
  readonly #stopped = new Set<number>();
  /** What the engine serves: stamps by path, by content. */
  readonly #served = new Map<string, Map<string, FileStamp>>();
  readonly #announced = new Set<string>();
  readonly #manifestIds: string[] = [];
  #library: Library | undefined;
  #states = new ShareStates({ onChanged: () => {}, onLost: () => {}, onUnavailable: () => {}, onAvailable: () => {} });
  #upkeep: ShareUpkeep | undefined;
  #removal: ShareRemoval | undefined;
  /** Each write has its own time: times of files may be coarse. */
  #seconds = 1_700_000_000;

  private constructor(hashes: HashPool) {
    this.#hashes = hashes;
  }

  static async make(hashes: HashPool): Promise<World> {
    const world = new World(hashes);
    for (const at of PLACES.keys()) world.#write(world.#path(at), PUBLISHED[at] ?? '');
    await world.#begin();
    for (const [at, fileName] of PLACES.entries()) {
      const path = world.#path(at);
      const { manifest, stamp } = await hashes.manifest(path, 'sha1');
      const { id: manifestId, sizeBytes } = decodeManifest(manifest);
      world.#manifestIds.push(manifestId);
      const about = { groupId: 'lab', fileName, path, manifestId, sizeBytes, registered: true };
      const manifestText = Buffer.from(manifest).toString('base64url');
      world.#account.putShares([{ ...about, modifiedNs: String(stamp.modifiedNs), manifest: manifestText }]);
    }
    await world.#settle();
    world.check();
    return world;
  }

  get #account(): LibraryAccount {
    assert.ok(this.#library);
    return this.#library.account('tracker', 'alice');
  }

  async happens({ type, at }: { type: string; at: number }): Promise<void> {
    const path = this.#path(at);
    const isThere = existsSync(path);
    const published = PUBLISHED[at] ?? '';
    switch (type) {
      case 'edit':
        if (isThere) this.#write(path, published.toUpperCase());
        break;
      case 'grow':
        if (isThere) this.#write(path, `${published} and more`);
        break;
      case 'restore':
        if (existsSync(dirname(path))) this.#write(path, published);
        break;
      case 'touch':
        if (isThere) this.#touch(path);
        break;
      case 'renameOther':
      case 'renameSame':
        if (!isThere) break;
        this.#write(`${path}.tmp`, type === 'renameSame' ? published : published.toUpperCase());
        renameSync(`${path}.tmp`, path);
        break;
      case 'remove':
        rmSync(path, { force: true });
        break;
      case 'unseen':
        await this.#changeUnseen(at);
        break;
      case 'stop':
        await this.#stop(at);
        break;
      case 'unplug':
        if (existsSync(join(this.folder, 'disk'))) renameSync(join(this.folder, 'disk'), join(this.folder, 'away'));
        break;
      case 'plug':
        if (existsSync(join(this.folder, 'away'))) renameSync(join(this.folder, 'away'), join(this.folder, 'disk'));
        break;
      case 'restart':
        await this.#end();
        await this.#begin();
    }
    await this.#settle();
  }

  check(): void {
    const wished = PLACES.filter((_place, at) => !this.#stopped.has(at));
    assert.deepEqual(this.#account.shares.map(({ fileName }) => fileName).sort(), wished.sort(), 'what is wished for');
    for (const share of this.#account.shares)
      assert.equal(this.#states.of(share).name, this.#expected(share), share.path);
    const contents = new Map(this.#manifestIds.map((id, at) => [id, PUBLISHED[at] ?? '']));
    const havable = new Set<string>();
    for (const share of this.#account.shares) if (this.#expected(share) === 'available') havable.add(share.manifestId);
    for (const [manifestId, files] of this.#served)
      for (const [path, stamp] of files) {
        const { size, mtimeNs } = statSync(path, { bigint: true });
        assert.ok(sameStamp(stamp, { sizeBytes: Number(size), modifiedNs: mtimeNs }), 'readers need not wait');
        assert.equal(readFileSync(path, 'utf8'), contents.get(manifestId), 'bytes and digest');
      }
    assert.deepEqual([...this.#served.keys()].sort(), [...havable].sort(), 'what is served');
    assert.deepEqual([...this.#announced].sort(), [...havable].sort(), 'what is announced');
  }

  async close(): Promise<void> {
    await this.#end();
    rmSync(this.folder, { recursive: true });
  }

  #expected({ path, fileName }: LibraryShare): ShareStateName {
    if (!existsSync(path)) return 'missing';
    return readFileSync(path, 'utf8') === PUBLISHED[PLACES.indexOf(fileName)] ? 'available' : 'edited';
  }

  async #begin(): Promise<void> {
    this.#library = await Library.open(join(this.folder, 'data'));
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const session = {
      ...{ library: this.#library, account: this.#account, hashes: this.#hashes, logger },
      engine: { send: (command: EngineCommand) => this.#onCommand(command) },
      presence: {
        whole: ({ manifestId }: LibraryShare) => this.#announced.add(manifestId),
        notWhole: ({ manifestId }: LibraryShare) => this.#announced.delete(manifestId),
        unregistered: () => {},
      },
      call: () => Promise.reject(new ShoalError('DISCONNECTED', 'The tracker is away.')),
    } as unknown as Session;
    const news = { onChanged: () => {}, onLost: () => {}, onUnavailable: () => {}, onAvailable: () => {} };
    this.#states = new ShareStates(news);
    const service = new ShareService(session, new KeptContents(session, DEFAULT_KEPT_VERSIONS));
    this.#removal = new ShareRemoval(session, { service, onSharedAgain: () => {} });
    const states = this.#states;
    const older = new OlderVersions(session, service, () => {});
    const told = { onSecret: () => assert.fail(), onChanged: () => {} };
    this.#upkeep = new ShareUpkeep(session, { service, states, older, ...told });
    await this.#upkeep.check(await this.#upkeep.look(this.#account.shares));
  }

  async #end(): Promise<void> {
    this.#upkeep?.close();
    await this.#library?.finish();
    this.#library?.close(new ShoalError('CLOSED', 'Closed.'));
    this.#served.clear();
    this.#announced.clear();
  }

  /** As the watch does soon after any event. */
  async #settle(): Promise<void> {
    await this.#upkeep?.check(this.#account.shares);
  }

  async #stop(at: number): Promise<void> {
    const share = this.#account.findShare('lab', PLACES[at] ?? '');
    if (share) await this.#removal?.stop([share]);
    this.#stopped.add(at);
  }

  /** Another content with the same size and time, of which a reader finds a piece to be wrong. */
  async #changeUnseen(at: number): Promise<void> {
    const path = this.#path(at);
    const share = this.#account.findShare('lab', PLACES[at] ?? '');
    if (!share || this.#states.of(share).name !== 'available') return;
    const { atime, mtime } = statSync(path);
    writeFileSync(path, (PUBLISHED[at] ?? '').toUpperCase());
    utimesSync(path, atime, mtime);
    const { groupId, manifestId } = share;
    this.#upkeep?.onBroken({ type: 'contentBroken', groupId, manifestId, path, reason: 'changed', message: '' });
  }

  #onCommand(command: EngineCommand): void {
    if (command.type === 'serve') {
      const { id } = decodeManifest(command.manifest);
      const files = this.#served.get(id) ?? new Map<string, FileStamp>();
      this.#served.set(id, files.set(command.path, command.stamp));
    } else if (command.type === 'unserve') {
      const files = this.#served.get(command.manifestId);
      if (command.path !== undefined) files?.delete(command.path);
      if (command.path === undefined || files?.size === 0) this.#served.delete(command.manifestId);
    }
  }

  #path(at: number): string {
    return join(this.folder, PLACES[at] ?? '');
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    this.#touch(path);
  }

  #touch(path: string): void {
    this.#seconds++;
    utimesSync(path, this.#seconds, this.#seconds);
  }
}
