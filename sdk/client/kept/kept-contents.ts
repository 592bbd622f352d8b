import { type FileStamp, sameStamp } from '../../disk/index.js';
import { eachInLanes } from '../../program/index.js';
import { decodeManifest, ShoalError } from '../../protocol/index.js';
import type { KeptVersions } from '../api/kept-versions.js';
import type { LibraryKept } from '../library/records/library-schema.js';
import type { InGroup, Named } from '../library/records/library-share.js';
import { recordedStamp } from '../library/records/recorded-stamp.js';
import type { Session } from '../session/session.js';
import { inlineManifest } from '../tracker/manifest-http.js';
import { inBackground } from '../util/background.js';
import { contentsToEvict } from './eviction.js';

/** Number of kept contents on a device, which bounds the library. */
const MAX_KEPT = 50_000;
/** A content is written as needed again after this time. */
const NEEDED_EVERY_MS = 10 * 60_000;
/** Time that an opened content stays for its reader, and the number of contents that are held for readers. */
const HELD_MS = 10 * 60_000;
const MAX_HELD = 8;

const LOOKS_AT_ONCE = 8;

/** A content to keep for a file. Its bytes are in the folder of kept contents. */
export interface NewKept extends Named {
  readonly version: number | undefined;
  readonly manifest: Uint8Array;
  readonly stamp: FileStamp;
}

/** The contents of files that this device keeps in its data folder, beside the files themselves. */
export class KeptContents {
  /** A content is kept for a file. */
  onAdded: (kept: LibraryKept) => void = () => {};
  /** A content is no longer kept for a file. */
  onDropped: (kept: LibraryKept) => void = () => {};
  readonly #session: Session;
  #limits: KeptVersions;
  /** Contents that a reader has open, and until when. */
  readonly #heldUntilMs = new Map<string, number>();
  /** Contents that are sent to peers. */
  #sent: ReadonlySet<string> = new Set();

  constructor(session: Session, limits: KeptVersions) {
    this.#session = session;
    this.#limits = limits;
  }

  get limits(): KeptVersions {
    return this.#limits;
  }

  setLimits(limits: KeptVersions): void {
    this.#limits = limits;
    inBackground(this.evict(), this.#session.logger);
  }

  /** Whether a file of this size is kept when it is published. */
  takes(sizeBytes: number): boolean {
    const { maxFileBytes, maxTotalBytes } = this.#limits;
    return maxTotalBytes > 0 && sizeBytes <= Math.min(maxFileBytes, maxTotalBytes);
  }

  pathOf(manifestId: string): string {
    return this.#session.library.contents.pathOf(manifestId);
  }

  /** Whether a content is kept for a file. */
  has({ groupId, fileName, manifestId }: Named & InGroup): boolean {
    return this.#session.account.kept.of({ groupId, fileName }).some((kept) => kept.manifestId === manifestId);
  }

  /** The stamp of a kept content; undefined if its file is missing or is another one. */
  async intactStamp(manifestId: string): Promise<FileStamp | undefined> {
    const { library } = this.#session;
    const [record] = library.kept.recordsOf(manifestId);
    const stamp = record && (await library.contents.stampOf(manifestId));
    return stamp && sameStamp(stamp, recordedStamp(record)) ? stamp : undefined;
  }

  /** The record of a content in a group, for any of its files. */
  recordOf(content: InGroup): LibraryKept | undefined {
    return this.#session.account.kept.with(content)[0];
  }

  /** Keeps a content whose file is in the folder already. */
  async add({ groupId, fileName, version, manifest, stamp }: NewKept): Promise<LibraryKept> {
    const { account, library } = this.#session;
    const { id: manifestId, sizeBytes } = decodeManifest(manifest);
    const inline = inlineManifest(manifest);
    const kept: LibraryKept = {
      ...{ groupId, fileName, manifestId, sizeBytes, modifiedNs: String(stamp.modifiedNs) },
      ...(version !== undefined && { version }),
      neededAtMs: library.kept.needed(manifestId, Date.now()),
      ...(inline !== undefined && { manifest: inline }),
    };
    if (inline === undefined) await library.saveManifest(manifestId, manifest);
    account.kept.put(kept);
    this.onAdded(kept);
    await this.evict();
    return kept;
  }

  /** A content is sent to a peer or read here. */
  needed(manifestId: string): void {
    const { account, library } = this.#session;
    if (!library.kept.has(manifestId)) return;
    const neededAtMs = library.kept.needed(manifestId, Date.now());
    for (const record of library.kept.recordsOf(manifestId))
      if (account.kept.holds(record) && neededAtMs - record.neededAtMs >= NEEDED_EVERY_MS)
        account.kept.change(record, { neededAtMs });
  }

  /** The contents that are sent to peers now. */
  sending(manifestIds: ReadonlySet<string>): void {
    this.#sent = manifestIds;
    for (const manifestId of manifestIds) this.needed(manifestId);
  }

  /** A reader has a content open: it stays for a while. */
  hold(manifestId: string): void {
    this.needed(manifestId);
    this.#heldUntilMs.delete(manifestId);
    this.#heldUntilMs.set(manifestId, performance.now() + HELD_MS);
    const [oldest] = this.#heldUntilMs.keys();
    if (this.#heldUntilMs.size > MAX_HELD && oldest !== undefined) this.#heldUntilMs.delete(oldest);
  }

  /** Removes contents beyond the limits, the least recently needed first. Never rejects. */
  async evict(): Promise<void> {
    const { library, logger } = this.#session;
    const { totalBytes, count } = library.kept;
    const evicted = contentsToEvict(library.kept.inOrder(), {
      ...{ totalBytes, count, maxBytes: this.#limits.maxTotalBytes, maxCount: MAX_KEPT },
      useOf: (manifestId) => this.#useOf(manifestId),
    });
    for (const manifestId of evicted) this.#forget(manifestId);
    if (evicted.length > 0) logger.debug(`${evicted.length} kept contents are removed to make room`);
    await this.removeUnused(evicted);
  }

  /** Ends records. Their contents are removed unless other files have them. Never rejects. */
  async drop(records: readonly LibraryKept[]): Promise<void> {
    const { account } = this.#session;
    const own = records.filter((record) => account.kept.holds(record));
    for (const record of own) account.kept.remove(record);
    for (const record of own) this.onDropped(record);
    await this.removeUnused(own.map(({ manifestId }) => manifestId));
  }

  /** The file of a content is missing or damaged: nobody has it any more. Never rejects. */
  async spoiled(manifestId: string): Promise<void> {
    const [record] = this.#session.library.kept.recordsOf(manifestId);
    if (!record) return;
    this.#session.logger.warn(`What was kept of ${record.fileName} is missing or damaged: it is given up.`);
    this.#forget(manifestId);
    await this.removeUnused([manifestId]);
  }

  /** Looks at the files of all contents, and gives up those that are missing or have another size. Never rejects. */
  async look(): Promise<void> {
    const { account, library } = this.#session;
    await eachInLanes(LOOKS_AT_ONCE, account.kept.list, async (record) => {
      if (!account.kept.holds(record)) return;
      const stamp = await library.contents.stampOf(record.manifestId);
      if (stamp?.sizeBytes !== record.sizeBytes) await this.spoiled(record.manifestId);
      else if (!sameStamp(stamp, recordedStamp(record)))
        // A backup may have been put back.
        account.kept.change(record, { modifiedNs: String(stamp.modifiedNs) });
    });
  }

  #forget(manifestId: string): void {
    const { account, library } = this.#session;
    const own = library.kept.recordsOf(manifestId).filter((record) => account.kept.holds(record));
    library.forgetKept(manifestId);
    for (const record of own) this.onDropped(record);
  }

  /** Removes the files of contents without a record. Never rejects. */
  async removeUnused(manifestIds: readonly string[]): Promise<void> {
    const { library, logger } = this.#session;
    const unused = [...new Set(manifestIds)].filter((id) => !library.kept.has(id));
    try {
      for (const id of unused) await library.contents.remove(id);
      await library.dropManifests(unused);
    } catch (error) {
      logger.warn(`A kept content could not be removed: ${ShoalError.from(error, 'DISK_ERROR').message}`);
    }
  }

  #useOf(manifestId: string): 'held' | 'busy' | 'none' {
    if ((this.#heldUntilMs.get(manifestId) ?? 0) > performance.now()) return 'held';
    return this.#sent.has(manifestId) ? 'busy' : 'none';
  }
}
