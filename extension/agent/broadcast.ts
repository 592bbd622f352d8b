import type { Download, DownloadResult, Share, ShoalClient } from '@shoal/sdk';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type {
  AgentContract,
  DownloadRecord,
  FolderRecord,
  SharedFolderRecord,
  ShareRecord,
  UploadRecord,
} from '../contract/contract.js';
import { compareShares, recordOf, shareKey, unavailableRecord } from '../contract/records.js';
import { type Payload, tell } from '../daemon/index.js';
import { Throttle } from '../throttle.js';
import type { Finished } from './finished.js';
import { FolderNews } from './folder-news.js';

const EVERY_MS = 250;

/** Sends changes to all windows, and nothing that did not change. */
export class Broadcast {
  readonly #windows: () => Iterable<MessageConnection>;
  readonly #finished: Finished;
  readonly #changed = new Set<string>();
  readonly #listened = new WeakSet<Download>();
  readonly #results = new WeakMap<Download, DownloadResult>();
  #told = new Set<string>();
  #shares = new Map<string, Share>();
  /** The shared folders that windows know, as text. */
  #sharedFolders = '[]';
  /** Shares whose states have changed, as thousands may at once. */
  readonly #states = new Map<string, Share>();
  #client: ShoalClient | undefined;
  #uploadsChanged = false;
  readonly #throttle = new Throttle(EVERY_MS, () => this.#flush());
  readonly #folders: FolderNews;
  readonly #followers: ((client: ShoalClient | undefined) => void)[] = [];

  constructor(windows: () => Iterable<MessageConnection>, finished: Finished) {
    this.#windows = windows;
    this.#finished = finished;
    this.#folders = new FolderNews(
      () => this.#throttle.request(),
      (id) => finished.isAwaited(id),
    );
  }

  tell<E extends keyof AgentContract['events'] & string>(event: E, payload: Payload<AgentContract, E>): void {
    for (const window of this.#windows()) tell<AgentContract>(window, event, payload);
  }

  /** Calls back with each client that is followed. */
  onFollow(follower: (client: ShoalClient | undefined) => void): void {
    this.#followers.push(follower);
  }

  /** Follows the groups, downloads and shares of this client from now on. */
  follow(client: ShoalClient | undefined): void {
    this.#client = client;
    this.#states.clear();
    this.#folders.follow(client);
    client?.on('joinRequested', (event) => this.tell('joinRequested', event));
    client?.on('membershipChanged', (event) => this.tell('membershipChanged', event));
    client?.on('fileShared', (event) => this.tell('fileShared', event));
    client?.on('fileStopped', (event) => this.tell('fileStopped', event));
    client?.on('filesShared', (event) => this.tell('filesShared', event));
    client?.on('filesStopped', (event) => this.tell('filesStopped', event));
    client?.on('fileUpdated', (event) => this.tell('fileUpdated', event));
    client?.on('filesUpdated', (event) => this.tell('filesUpdated', event));
    client?.on('groupChanged', (event) => this.tell('groupChanged', event));
    client?.on('filesRemoved', (event) => {
      this.tell('filesRemoved', event);
      this.review();
    });
    client?.on('missed', () => this.tell('groupsChanged', {}));
    client?.on('shareChanged', (share) => {
      this.#states.set(shareKey(share), share);
      this.#throttle.request();
    });
    client?.on('folderShared', ({ skipped, ...changes }) => {
      this.tell('folderShared', { ...changes, skipped: [...skipped] });
      this.review();
    });
    client?.on('folderShareFailed', ({ error: { code, message }, ...folder }) =>
      this.tell('folderShareFailed', { ...folder, code, message }),
    );
    client?.on('shareLost', (share) => {
      this.tell('shareLost', share);
      this.review();
    });
    client?.on('sharesUnavailable', ({ shares }) =>
      this.tell('sharesUnavailable', { shares: shares.map(unavailableRecord) }),
    );
    client?.on('sharesAvailable', ({ shares }) => this.tell('sharesAvailable', { shares: [...shares] }));
    client?.on('downloadChanged', (download) => {
      this.#onChanged(download);
      this.#onTurns(client);
    });
    client?.on('folderChanged', () => this.#onTurns(client));
    client?.on('uploadsChanged', () => {
      this.#uploadsChanged = true;
      this.#throttle.request();
    });
    for (const follower of this.#followers) follower(client);
    this.review();
  }

  /** Checks for downloads or shares that changed without an event of their own. */
  review(): void {
    for (const download of this.#client?.downloads() ?? []) if (!this.#told.has(download.id)) this.#onChanged(download);
    this.#folders.review();
    this.#uploadsChanged = true;
    this.#throttle.request();
  }

  /**
   * A window shared a file, and knows it from its answer. All windows are notified now, before a possible end of the
   * share.
   */
  onShared(share: Share): void {
    this.#shares.set(shareKey(share), share);
    this.tell('shares', { changed: [{ ...share }], removed: [] });
  }

  /** Like `onShared`, for a whole folder. */
  tellShares(): void {
    const shares = this.#client?.shares() ?? [];
    const difference = compareShares(this.#shares, shares);
    if (difference.changed.length === 0 && difference.removed.length === 0) return;
    this.#shares = new Map(shares.map((share) => [shareKey(share), share]));
    this.tell('shares', difference);
  }

  /** Sends the shared folders, if they are others now. */
  tellSharedFolders(): void {
    const folders = this.sharedFolders();
    const known = this.#sharedFolders;
    this.#sharedFolders = JSON.stringify(folders);
    if (this.#sharedFolders !== known) this.tell('sharedFolders', { folders });
  }

  close(): void {
    this.#throttle.close();
  }

  downloads(): DownloadRecord[] {
    const client = this.#client;
    if (!client) return [];
    const known = client.downloads();
    const finished = this.#finished.of(client).filter(({ id }) => !known.some((download) => download.id === id));
    return [...finished, ...known.map((download) => this.#record(download))];
  }

  folders(): FolderRecord[] {
    return this.#folders.records();
  }

  /** A complete download. */
  finished(id: string): DownloadRecord | undefined {
    return this.downloads().find((download) => download.id === id && download.state === 'complete');
  }

  /** Removes complete downloads from the list. */
  clearDownloads(): void {
    if (this.#client) this.#finished.clear(this.#client);
    this.#client?.clearDownloads();
    this.review();
  }

  /** The user waits for the end of a download of a file or a folder. */
  expectEnd(id: string): void {
    this.#finished.expect(id);
    this.#tellAgain(id);
  }

  /**
   * A window reports the ends of downloads, or they were cancelled. Returns those that somebody waited for and no other
   * window reports.
   */
  releaseEnds(ids: readonly string[]): string[] {
    const granted = ids.filter((id) => this.#finished.release(id));
    for (const id of granted) this.#tellAgain(id);
    return granted;
  }

  uploads(): UploadRecord[] {
    return this.#client?.uploads().map((upload) => ({ ...upload })) ?? [];
  }

  shares(): ShareRecord[] {
    return this.#client?.shares().map((share) => ({ ...share })) ?? [];
  }

  sharedFolders(): SharedFolderRecord[] {
    const folders = this.#client?.sharedFolders() ?? [];
    return folders.map(({ groupId, folder, path, watch }) => ({ groupId, folder, path, watch }));
  }

  #onChanged(download: Download): void {
    if (!this.#listened.has(download)) {
      this.#listened.add(download);
      this.#told.add(download.id); // its caller knows it already, so its end is reported even if it comes at once
      download.on('progress', () => this.#onChanged(download));
    }
    if (download.state.name === 'complete' && this.#client && !this.#results.has(download))
      this.#keepResult(download, this.#client);
    this.#changed.add(download.id);
    this.#throttle.request();
  }

  /** Who waits for its turn may have another place by what changed. */
  #onTurns(client: ShoalClient): void {
    for (const download of client.downloads()) if (download.state.name === 'queued') this.#onChanged(download);
    for (const { state, id } of client.folderDownloads()) if (state.name === 'queued') this.#folders.touch(id);
  }

  #tellAgain(id: string): void {
    this.#changed.add(id);
    this.#folders.touch(id);
  }

  #keepResult(download: Download, client: ShoalClient): void {
    download.done.then(
      (result) => {
        this.#results.set(download, result);
        const isListed = this.#client === client && client.downloads().some((one) => one === download);
        if (isListed) this.#finished.keep(client, this.#record(download));
        this.#onChanged(download);
      },
      () => {}, // it is complete, so there is a result
    );
  }

  #record(download: Download): DownloadRecord {
    return recordOf(download, this.#results.get(download), this.#finished.isAwaited(download.id));
  }

  #flush(): void {
    const folders = this.#folders.take();
    if (folders) this.tell('folders', folders);
    this.#tellDownloads();
    this.tellShares();
    this.tellSharedFolders();
    this.#tellStates();
    if (!this.#uploadsChanged) return;
    this.#uploadsChanged = false;
    this.tell('uploads', { uploads: this.uploads() });
  }

  #tellStates(): void {
    if (this.#states.size === 0) return;
    this.tell('shareStates', { shares: Array.from(this.#states.values(), (share) => ({ ...share })) });
    this.#states.clear();
  }

  #tellDownloads(): void {
    const listed = this.downloads();
    const present = new Set(listed.map(({ id }) => id));
    const changed = listed.filter(({ id }) => this.#changed.has(id) || !this.#told.has(id));
    const removed = [...this.#told].filter((id) => !present.has(id));
    this.#changed.clear();
    this.#told = present;
    if (changed.length > 0 || removed.length > 0) this.tell('downloads', { changed, removed });
  }
}
