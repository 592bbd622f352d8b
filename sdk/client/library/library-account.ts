import { MAX_SHARES, tooManyShares } from './records/library-errors.js';
import { MAX_LIBRARY_BYTES, RESERVED_BYTES } from './records/library-paths.js';
import type {
  Change,
  LibraryDownload,
  LibraryFolder,
  LibraryShare,
  LibraryTransfer,
} from './records/library-schema.js';
import { type InGroup, type Named, shareKey } from './records/library-share.js';
import type { AccountContext } from './tables/account-context.js';
import { AccountTables } from './tables/account-tables.js';
import { DownloadTable } from './tables/download-table.js';
import { between } from './tables/positions.js';
import type { AccountContents } from './tables/record-index.js';
import { ShareTable } from './tables/share-table.js';

/**
 * The shares and downloads of one user at one tracker. The cost to find, add, change or remove a record does not grow
 * with their number, and the library writes only changes. All changes of the journal pass through `apply`.
 */
export class LibraryAccount extends AccountTables {
  readonly #context: AccountContext;
  readonly #shares = new ShareTable();
  readonly #downloads = new DownloadTable();
  readonly #folders = new Map<string, LibraryFolder>();
  #reservedShares = 0;
  #lastPosition = -1;

  constructor(context: AccountContext) {
    super(context);
    this.#context = context;
  }

  get shares(): readonly LibraryShare[] {
    return this.#shares.list;
  }

  /** File downloads, parts of folders included. */
  get downloads(): readonly LibraryDownload[] {
    return this.#downloads.all.sort((one, other) => one.position - other.position);
  }

  /** File and folder downloads in the order of their positions, without parts of folders. */
  get transfers(): readonly LibraryTransfer[] {
    const files = this.#downloads.all.filter(({ parent }) => parent === undefined);
    return [...files, ...this.#folders.values()].sort((one, other) => one.position - other.position);
  }

  /** The unfinished large files of a folder download. */
  partsOf(folderId: string): LibraryDownload[] {
    return this.#downloads.all.filter(({ parent }) => parent === folderId);
  }

  get folders(): readonly LibraryFolder[] {
    return [...this.#folders.values()];
  }

  /** Ended shares that the tracker may still list. */
  get endedShares(): readonly LibraryShare[] {
    return this.#shares.ended;
  }

  findShare(groupId: string, fileName: string): LibraryShare | undefined {
    return this.#shares.find({ groupId, fileName });
  }

  /** Whether exactly this record is shared: it was not replaced, and has not ended. */
  hasShare(share: LibraryShare): boolean {
    return !share.ended && this.#shares.holds(share);
  }

  /** All shares of this content, under any name. */
  sharesWith(content: InGroup): LibraryShare[] {
    return this.#shares.with(content);
  }

  /** A record of this content, of a share if there is one: it has a name and the size. */
  recordWith(content: InGroup): (Named & Pick<LibraryShare, 'sizeBytes'>) | undefined {
    const { kept, olderFiles } = this;
    for (const { index } of [this.#shares, this.#downloads, kept, olderFiles]) {
      const record = index.firstWith(content);
      if (record) return record;
    }
    return undefined;
  }

  /** Finds the contents of this device: those of shares, kept ones, and those of unfinished downloads. */
  get contents(): AccountContents {
    return { shares: this.#shares.index, kept: this.kept.index, downloads: this.#downloads.index };
  }

  /** All share records of a group, ended ones included. */
  sharesInGroup(groupId: string): LibraryShare[] {
    return this.#shares.inGroup(groupId);
  }

  usesManifest(id: string): boolean {
    return this.manifests.has(id);
  }

  /** The number of shares with these files among them. They take the places of shares with the same names, also of ended ones. */
  countWith(groupId: string, fileNames: readonly string[]): number {
    const others = fileNames.filter((fileName) => !this.#shares.hasRecord({ groupId, fileName }));
    return this.#shares.size + this.#reservedShares + others.length;
  }

  /**
   * Reserves room for a share before it is added.
   * @param known the known part of the record
   * @returns a function that releases the room
   * @throws ShoalError `TOO_MANY_SHARES`
   */
  reserveShare(known: object): () => void {
    const bytes = this.#context.live.total + Buffer.byteLength(JSON.stringify(known));
    if (this.#shares.size + this.#reservedShares >= MAX_SHARES || bytes > MAX_LIBRARY_BYTES - RESERVED_BYTES)
      throw tooManyShares();
    this.#reservedShares += 1;
    return () => {
      this.#reservedShares -= 1;
    };
  }

  /** Adds shares, which replace those of the same names. @returns the replaced shares, without ended ones */
  putShares(added: readonly LibraryShare[]): LibraryShare[] {
    const last = new Map(added.map((share) => [shareKey(share), share]));
    const replaced = [...last.values()].flatMap((share) => this.#shares.find(share) ?? []);
    for (const share of last.values()) this.#written({ type: 'share', share });
    return replaced;
  }

  /**
   * Changes a share. If it was replaced or removed meanwhile, the change is not written. A new name may differ only in
   * spelling.
   */
  changeShare(share: LibraryShare, changes: Partial<Omit<LibraryShare, 'groupId' | 'manifestId' | 'ended'>>): void {
    Object.assign(share, changes);
    if (this.#shares.holds(share)) this.#context.onChange({ type: 'share', share });
  }

  /** Marks shares as ended. Their records stay until `removeShares`, because the tracker may list them. */
  endShares(shares: readonly LibraryShare[]): void {
    for (const share of shares) {
      if (!this.hasShare(share)) continue;
      Object.assign(share, { ended: true });
      this.#shares.end(share);
      this.#context.onChange({ type: 'share', share });
    }
  }

  /** Removes shares. It ignores records that were replaced. */
  removeShares(shares: readonly LibraryShare[]): void {
    for (const share of shares) {
      const { groupId, fileName } = share;
      if (this.#shares.holds(share)) this.#written({ type: 'noShare', groupId, fileName });
    }
  }

  /** Adds a download at the end, or replaces the one with its id. */
  putDownload(about: Omit<LibraryDownload, 'position'>): LibraryDownload {
    const position = this.#downloads.get(about.id)?.position ?? this.#lastPosition + 1;
    const download = { ...about, position };
    this.#written({ type: 'download', download });
    return download;
  }

  changeDownload(download: LibraryDownload, changes: Partial<Omit<LibraryDownload, 'id' | 'manifestId'>>): void {
    Object.assign(download, changes);
    this.#lastPosition = Math.max(this.#lastPosition, download.position);
    if (this.#has(download)) this.#context.onChange({ type: 'download', download });
  }

  removeDownload(download: LibraryDownload): void {
    if (this.#has(download)) this.#written({ type: 'noDownload', id: download.id });
  }

  /**
   * Moves a download between its neighbours in this order. If no number is left between theirs, all get new positions.
   */
  moveTransfer(moved: LibraryTransfer, order: readonly LibraryTransfer[]): void {
    const kept = order.filter((transfer) => this.#has(transfer));
    const at = kept.indexOf(moved);
    if (at < 0) return;
    const [after, before] = [kept[at - 1]?.position ?? -Infinity, kept[at + 1]?.position ?? Infinity];
    if (after < moved.position && moved.position < before) return;
    const position = between(after, before);
    if (position !== undefined) this.#place(moved, position);
    else for (const [index, transfer] of kept.entries()) this.#place(transfer, index);
  }

  /** Adds a folder download at the end, or replaces the one with its id. */
  putFolder(about: Omit<LibraryFolder, 'position'>): LibraryFolder {
    const position = this.#folders.get(about.id)?.position ?? this.#lastPosition + 1;
    const folder = { ...about, position };
    this.#written({ type: 'folder', folder });
    return folder;
  }

  changeFolder(folder: LibraryFolder, changes: Partial<Omit<LibraryFolder, 'id'>>): void {
    Object.assign(folder, changes);
    this.#lastPosition = Math.max(this.#lastPosition, folder.position);
    if (this.#has(folder)) this.#context.onChange({ type: 'folder', folder });
  }

  removeFolder(folder: LibraryFolder): void {
    if (this.#has(folder)) this.#written({ type: 'noFolder', id: folder.id });
  }

  #has(transfer: LibraryTransfer): boolean {
    return 'folder' in transfer
      ? this.#folders.get(transfer.id) === transfer
      : this.#downloads.get(transfer.id) === transfer;
  }

  #place(transfer: LibraryTransfer, position: number): void {
    if ('folder' in transfer) this.changeFolder(transfer, { position });
    else this.changeDownload(transfer, { position });
  }

  #written(change: Change): void {
    this.apply(change);
    this.#context.onChange(change);
  }

  /** Applies a change that the library's file already contains, or will contain. */
  apply(change: Change): void {
    const main = this.applyToTables(change);
    if (!main) return;
    switch (main.type) {
      case 'share':
        this.#dropShare(this.#shares.put(main.share));
        this.#context.live.add(main.share);
        this.manifests.add(main.share.manifestId);
        return;
      case 'noShare':
        this.#dropShare(this.#shares.remove(main));
        return;
      case 'download':
        this.#dropDownload(main.download.id);
        this.#downloads.add(main.download);
        this.#lastPosition = Math.max(this.#lastPosition, main.download.position);
        this.#context.live.add(main.download);
        this.manifests.add(main.download.manifestId);
        return;
      case 'noDownload':
        this.#dropDownload(main.id);
        return;
      case 'folder':
        this.#dropFolder(main.folder.id);
        this.#folders.set(main.folder.id, main.folder);
        this.#lastPosition = Math.max(this.#lastPosition, main.folder.position);
        this.#context.live.add(main.folder);
        return;
      case 'noFolder':
        this.#dropFolder(main.id);
        return;
    }
  }

  #dropShare(share: LibraryShare | undefined): void {
    if (!share) return;
    this.#context.live.drop(share);
    this.manifests.remove(share.manifestId);
  }

  #dropDownload(id: string): void {
    const download = this.#downloads.remove(id);
    if (!download) return;
    this.#context.live.drop(download);
    this.manifests.remove(download.manifestId);
  }

  #dropFolder(id: string): void {
    const folder = this.#folders.get(id);
    if (folder) this.#context.live.drop(folder);
    this.#folders.delete(id);
  }
}
