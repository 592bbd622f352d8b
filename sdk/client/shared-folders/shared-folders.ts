import { nameKey, ShoalError } from '../../protocol/index.js';
import type { FolderShareOptions, FolderSurveyOptions } from '../api/options.js';
import type { FolderShareResult, FolderSurvey, SharedFolder } from '../api/results.js';
import type { SharedFolderRecord } from '../library/records/library-schema.js';
import { shareKey } from '../library/records/library-share.js';
import { folderKey } from '../library/tables/folder-wishes.js';
import type { Walked } from '../selection/walk-folder.js';
import type { Session } from '../session/session.js';
import type { ShareManager } from '../shares/share-manager.js';
import { throwIfAborted } from '../util/abort.js';
import { FolderSharer } from './share-folder.js';
import type { Batch, WatchedFolder } from './watched-folder.js';
import { type FolderNews, WatchedFolders } from './watched-folders.js';

/** Folders that are watched at the same time. */
const MAX_WATCHED = 100;
/** A file that does not change for this time is not being written. */
const SETTLE_MS = 500;
/** Files of one folder that can be left out one by one. */
const MAX_OMITTED = 10_000;

/** The folders that the user shares: each is one wish with a root, kept until the user ends it. */
export class SharedFolders {
  readonly #session: Session;
  readonly #manager: ShareManager;
  readonly #watched: WatchedFolders;
  /** Operations on a folder, by its key: they run one after the other. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(session: Session, manager: ShareManager, news: FolderNews) {
    this.#session = session;
    this.#manager = manager;
    this.#watched = new WatchedFolders({
      ...news,
      isAway: (path) => session.hashes.isAway(path),
      share: (folder) => this.#again(folder),
    });
  }

  list(): SharedFolder[] {
    return this.#session.account.sharedFolders.list.map(({ groupId, folder, root, watch }) => {
      const problem = this.#watched.problemOf({ groupId, folder });
      const polling = this.#watched.pollingOf({ groupId, folder });
      return { groupId, folder, path: root, watch, ...(problem && { problem }), ...(polling && { polling }) };
    });
  }

  survey(path: string, options: FolderSurveyOptions): Promise<FolderSurvey> {
    return this.#manager.whileOpen(options.signal, (signal) =>
      new FolderSharer(this.#session, this.#manager, { ...options, signal }).survey(path),
    );
  }

  /** @throws ShoalError as `FolderSharer.share`; `TOO_MANY_SHARES` if too many folders are watched */
  async share(path: string, groupId: string, options: FolderShareOptions): Promise<FolderShareResult> {
    const { sharedFolders } = this.#session.account;
    const sharer = (signal: AbortSignal) => new FolderSharer(this.#session, this.#manager, { ...options, signal });
    const place = await this.#manager.whileOpen(options.signal, (signal) => sharer(signal).place(path, groupId));
    if (options.watch && !sharedFolders.find(place)?.watch)
      this.#requireRoom(`${place.root} is not watched and not shared`);
    return this.#inTurn(folderKey(place), () =>
      this.#manager.whileOpen(options.signal, async (signal) => {
        const one = sharer(signal);
        const result = await one.share(path, groupId);
        const record = sharedFolders.find(place);
        if (record) await this.#setWatch(record, options.watch ?? false, one.walked);
        return result;
      }),
    );
  }

  /**
   * Begins or ends the watch of a folder that is shared already. A watched folder is shared again at once.
   * @throws ShoalError `NOT_SHARED`; `TOO_MANY_SHARES` if too many folders are watched
   */
  async watch(groupId: string, folder: string, watch: boolean): Promise<void> {
    const { sharedFolders } = this.#session.account;
    const find = () => {
      const record = sharedFolders.find({ groupId, folder });
      if (record) return record;
      throw new ShoalError('NOT_SHARED', `${folder} is not a folder that this device shares in ${groupId}.`);
    };
    const record = find();
    if (watch && !record.watch) this.#requireRoom(`${record.root} is not watched`);
    if (!watch) this.#watched.remove(record); // also while it is shared again, which may take long
    await this.#inTurn(folderKey(record), () => this.#setWatch(find(), watch));
  }

  /**
   * Ends a shared folder, with the shared folders in it and all shares in it.
   * @throws ShoalError `NOT_SHARED` if nothing in it is shared, the tracker's errors
   */
  async stop(groupId: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
    throwIfAborted(signal);
    const prefix = `${folderKey({ groupId, folder })}/`;
    const { account, library } = this.#session;
    const records = account.sharedFolders.list.filter((one) => `${folderKey(one)}/`.startsWith(prefix));
    for (const record of records) this.#watched.remove(record);
    for (const record of records) await this.#last.get(folderKey(record))?.catch(() => {}); // its caller gets the error
    for (const record of records) this.#end(record);
    const outer = account.sharedFolders.around(groupId, folder);
    if (outer) this.#leaveOut(outer, [folder.slice(outer.folder.length + 1)]);
    await library.durable();
    const shares = account.shares.filter((share) => shareKey(share).startsWith(prefix));
    if (records.length + shares.length === 0)
      throw new ShoalError('NOT_SHARED', `Nothing in ${folder} is shared in ${groupId}: see the list of your shares.`);
    if (shares.length > 0)
      await this.#manager.stopMany(
        groupId,
        shares.map(({ fileName }) => fileName),
        signal,
      );
  }

  /**
   * Files were stopped one by one, or removed from the group: their folders leave them out until the user shares these again. A
   * folder of which nothing is shared any more ends.
   * @param isOwn whether it may be this device that withdrew what is gone
   */
  onEnded(groupId: string, fileNames: readonly string[], isOwn = false): void {
    const { account } = this.#session;
    if (account.sharedFolders.list.length === 0) return;
    const ended = new Map<SharedFolderRecord, string[]>();
    for (const fileName of fileNames) {
      const record = account.sharedFolders.around(groupId, fileName);
      if (!record || (isOwn && this.#last.has(folderKey(record)))) continue;
      const places = ended.get(record) ?? [];
      places.push(fileName.slice(record.folder.length + 1));
      ended.set(record, places);
    }
    for (const [record, places] of ended) {
      const prefix = `${folderKey(record)}/`;
      if (account.shares.some((share) => shareKey(share).startsWith(prefix))) this.#leaveOut(record, places);
      else this.#end(record);
    }
  }

  /** The user is no longer a member of the group. */
  dropGroup(groupId: string): void {
    for (const record of this.#session.account.sharedFolders.list)
      if (nameKey(record.groupId) === nameKey(groupId)) this.#end(record);
  }

  /** After a sign-in or a reconnect: watched folders are shared again at once. */
  resume(): void {
    for (const record of this.#session.account.sharedFolders.list) if (record.watch) this.#watched.add(record);
  }

  close(): void {
    this.#watched.close();
  }

  #requireRoom(refused: string): void {
    if (this.#session.account.sharedFolders.list.filter(({ watch }) => watch).length < MAX_WATCHED) return;
    const why = `this device watches ${MAX_WATCHED} folders already: end the watch of one of them`;
    throw new ShoalError('TOO_MANY_SHARES', `${refused}, because ${why}.`);
  }

  #leaveOut(record: SharedFolderRecord, places: readonly string[]): void {
    const omit = [...new Set([...record.omit, ...places])].slice(-MAX_OMITTED);
    this.#session.account.sharedFolders.put({ ...record, omit });
  }

  #end(record: SharedFolderRecord): void {
    this.#watched.remove(record);
    this.#session.account.sharedFolders.remove(record);
  }

  async #setWatch(record: SharedFolderRecord, watch: boolean, walked?: Walked): Promise<void> {
    const { account, library } = this.#session;
    if (record.watch !== watch) account.sharedFolders.put({ ...record, watch });
    await library.durable();
    if (watch) this.#watched.add(record, walked);
    else this.#watched.remove(record);
  }

  /** Shares a watched folder again. @returns undefined if it is not to be watched any more */
  #again(watched: WatchedFolder): Promise<Batch | undefined> {
    return this.#inTurn(folderKey(watched), () =>
      this.#manager.whileOpen(watched.signal, async (signal) => {
        const record = this.#session.account.sharedFolders.find(watched);
        if (!record?.watch) return undefined;
        const { groupId, folder, root, exclude, omit, algorithm } = record;
        const options = { as: folder, exclude, omit, algorithm, signal };
        const unasked = { settleMs: SETTLE_MS, refused: watched.refused };
        const sharer = new FolderSharer(this.#session, this.#manager, options, unasked);
        const result = await sharer.share(root, groupId);
        const { walked, walkMs, isUnsettled } = sharer;
        return walked && { result, walked, walkMs, isUnsettled };
      }),
    );
  }

  async #inTurn<T>(key: string, act: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).catch(() => {}).then(act); // its caller gets the error
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
