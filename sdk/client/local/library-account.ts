import { ContentIndex } from './content-index.js';
import { MAX_SHARES, tooManyShares } from './library-errors.js';
import { MAX_LIBRARY_BYTES } from './library-paths.js';
import type { Change, LibraryDownload, LibraryFolder, LibraryShare, LibraryTransfer } from './library-schema.js';
import { type InGroup, shareKey } from './library-share.js';
import type { LiveBytes } from './live-bytes.js';
import { ShareTable } from './share-table.js';

/** What is under way, and what becomes of it, has to fit into the library as well. */
const RESERVED_BYTES = 16 * 1024 * 1024;

export interface AccountContext {
  readonly live: LiveBytes;
  /** Hears each change, and writes it. A record in it may change again before. */
  onChange(change: Change): void;
}

/**
 * What one user shares and downloads at a tracker. Each change is made here: a record is found, put, changed and removed at the same cost
 * however many there are, and the library writes what changed. It is one class for all records, since the journal's changes go through `apply`.
 */
export class LibraryAccount {
  readonly #context: AccountContext;
  readonly #shares = new ShareTable();
  readonly #downloads = new Map<string, LibraryDownload>();
  readonly #downloadsByContent = new ContentIndex<LibraryDownload>();
  readonly #folders = new Map<string, LibraryFolder>();
  /** How many shares and downloads have a manifest. */
  readonly #manifestUses = new Map<string, number>();
  #reservedShares = 0;
  #lastPosition = -1;

  constructor(context: AccountContext) {
    this.#context = context;
  }

  get shares(): readonly LibraryShare[] {
    return this.#shares.list;
  }

  get shareCount(): number {
    return this.#shares.size;
  }

  /** Downloads of files, parts of folders included. */
  get downloads(): readonly LibraryDownload[] {
    return [...this.#downloads.values()].sort((one, other) => one.position - other.position);
  }

  /** All downloads of a content. */
  downloadsWith(content: InGroup): LibraryDownload[] {
    return [...this.#downloadsByContent.with(content)];
  }

  /** Downloads of files and folders in the order in which they begin, but for their priorities. Parts of folders are not among them. */
  get transfers(): readonly LibraryTransfer[] {
    const files = [...this.#downloads.values()].filter(({ parent }) => parent === undefined);
    return [...files, ...this.#folders.values()].sort((one, other) => one.position - other.position);
  }

  /** The unfinished large files of a folder download. */
  partsOf(folderId: string): LibraryDownload[] {
    return [...this.#downloads.values()].filter(({ parent }) => parent === folderId);
  }

  get folders(): readonly LibraryFolder[] {
    return [...this.#folders.values()];
  }

  /** Shares that have ended and that the tracker may still list. */
  get endedShares(): readonly LibraryShare[] {
    return this.#shares.ended;
  }

  findShare(groupId: string, fileName: string): LibraryShare | undefined {
    return this.#shares.find({ groupId, fileName });
  }

  /** Whether this very record is shared: nothing took its place, and it has not ended. */
  hasShare(share: LibraryShare): boolean {
    return !share.ended && this.#shares.holds(share);
  }

  /** All shares of a content, whatever their names. */
  sharesWith(content: InGroup): LibraryShare[] {
    return this.#shares.with(content);
  }

  /** All records of a group, those of ended shares included. */
  sharesInGroup(groupId: string): LibraryShare[] {
    return this.#shares.inGroup(groupId);
  }

  usesManifest(id: string): boolean {
    return this.#manifestUses.has(id);
  }

  /** Whether its user may make so many more shares. */
  hasRoomFor(count: number): boolean {
    return this.#shares.size + this.#reservedShares + count <= MAX_SHARES;
  }

  /**
   * Sets room aside for a share that is being made, before it is made known; what is returned gives the room back.
   * @param known what is known of it already
   * @throws ShoalError `TOO_MANY_SHARES`
   */
  reserveShare(known: object): () => void {
    const bytes = this.#context.live.total + Buffer.byteLength(JSON.stringify(known));
    if (!this.hasRoomFor(1) || bytes > MAX_LIBRARY_BYTES - RESERVED_BYTES) throw tooManyShares();
    this.#reservedShares += 1;
    return () => {
      this.#reservedShares -= 1;
    };
  }

  /** Puts shares in the place of those of the same names, which are returned: those that have ended are not. */
  putShares(added: readonly LibraryShare[]): LibraryShare[] {
    const last = new Map(added.map((share) => [shareKey(share), share]));
    const replaced = [...last.values()].flatMap((share) => this.#shares.find(share) ?? []);
    for (const share of last.values()) this.#written({ type: 'share', share });
    return replaced;
  }

  /** A share that has been replaced or removed meanwhile is changed, and not written. Another name has to be the same one, written otherwise. */
  changeShare(share: LibraryShare, changes: Partial<Omit<LibraryShare, 'groupId' | 'manifestId' | 'ended'>>): void {
    Object.assign(share, changes);
    if (this.#shares.holds(share)) this.#context.onChange({ type: 'share', share });
  }

  /** The shares end; their records stay until `removeShares`, for the tracker may list them. */
  endShares(shares: readonly LibraryShare[]): void {
    for (const share of shares) {
      if (!this.hasShare(share)) continue;
      Object.assign(share, { ended: true });
      this.#shares.end(share);
      this.#context.onChange({ type: 'share', share });
    }
  }

  /** What has been replaced already is passed over. */
  removeShares(shares: readonly LibraryShare[]): void {
    for (const share of shares) {
      const { groupId, fileName } = share;
      if (this.#shares.holds(share)) this.#written({ type: 'noShare', groupId, fileName });
    }
  }

  /** Puts a download in the place of the one with its id, or behind all others. */
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

  /** Puts one download between its neighbours in this order. Only where no number is left between theirs do all get new positions. */
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

  /** Puts a folder download in the place of the one with its id, or behind all others. */
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

  /** All records, each as the change that puts it. */
  records(): Change[] {
    return [
      ...Array.from(this.#shares.all, (share): Change => ({ type: 'share', share })),
      ...this.downloads.map((download): Change => ({ type: 'download', download })),
      ...this.folders.map((folder): Change => ({ type: 'folder', folder })),
    ];
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

  /** Makes a change that is in the library's file already, or is about to be. */
  apply(change: Change): void {
    switch (change.type) {
      case 'share':
        this.#dropShare(this.#shares.put(change.share));
        this.#context.live.add(change.share);
        this.#useManifest(change.share.manifestId, 1);
        return;
      case 'noShare':
        this.#dropShare(this.#shares.remove(change));
        return;
      case 'download':
        this.#dropDownload(this.#downloads.get(change.download.id));
        this.#downloads.set(change.download.id, change.download);
        this.#downloadsByContent.add(change.download);
        this.#lastPosition = Math.max(this.#lastPosition, change.download.position);
        this.#context.live.add(change.download);
        this.#useManifest(change.download.manifestId, 1);
        return;
      case 'noDownload':
        this.#dropDownload(this.#downloads.get(change.id));
        this.#downloads.delete(change.id);
        return;
      case 'folder':
        this.#dropFolder(this.#folders.get(change.folder.id));
        this.#folders.set(change.folder.id, change.folder);
        this.#lastPosition = Math.max(this.#lastPosition, change.folder.position);
        this.#context.live.add(change.folder);
        return;
      case 'noFolder':
        this.#dropFolder(this.#folders.get(change.id));
        this.#folders.delete(change.id);
    }
  }

  #dropShare(share: LibraryShare | undefined): void {
    if (!share) return;
    this.#context.live.drop(share);
    this.#useManifest(share.manifestId, -1);
  }

  #dropDownload(download: LibraryDownload | undefined): void {
    if (!download) return;
    this.#downloadsByContent.remove(download);
    this.#context.live.drop(download);
    this.#useManifest(download.manifestId, -1);
  }

  #dropFolder(folder: LibraryFolder | undefined): void {
    if (folder) this.#context.live.drop(folder);
  }

  #useManifest(id: string, by: 1 | -1): void {
    const uses = (this.#manifestUses.get(id) ?? 0) + by;
    if (uses > 0) this.#manifestUses.set(id, uses);
    else this.#manifestUses.delete(id);
  }
}

/** A number between two, either of which may be infinite; undefined where there is none. */
function between(after: number, before: number): number | undefined {
  const position = numberNear(after, before);
  return after < position && position < before ? position : undefined;
}

function numberNear(after: number, before: number): number {
  if (after === -Infinity) return before === Infinity ? 0 : before - 1;
  return before === Infinity ? after + 1 : (after + before) / 2;
}
