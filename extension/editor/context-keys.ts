import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { ShareRecord } from '../contract/contract.js';
import { allTransfers } from '../model/downloads/transfers.js';
import { situationOf } from '../model/trackers/situation.js';
import type { GroupTree } from '../model/tree/group-tree.js';
import { isMine } from '../model/tree/standing.js';
import type { RemoteClient } from '../remote/remote-client.js';
import { settings } from './settings.js';
import type { TrackerHosting } from './tracker-hosting.js';

/** The editor evaluates the list for each menu of a file. */
const MOST_PATHS = 1000;

/** Sets context keys for welcome views, menus and the palette, when they change. */
export class ContextKeys {
  readonly #client: RemoteClient;
  readonly #groups: GroupTree;
  readonly #host: TrackerHosting;
  readonly #told = new Map<string, unknown>();
  #paths: readonly string[] = [];

  constructor(client: RemoteClient, groups: GroupTree, host: TrackerHosting) {
    this.#client = client;
    this.#groups = groups;
    this.#host = host;
    for (const event of ['statusChanged', 'downloadsChanged', 'foldersChanged', 'sharesChanged'] as const)
      client.on(event, () => this.review());
    groups.on('changed', () => this.review());
    host.on('changed', () => this.review());
    this.review();
  }

  review(): void {
    const { mirror, isAttached, isAttaching } = this.#client;
    const tracker = mirror.status.tracker ?? (settings.trackerText || null);
    const situation = situationOf({ ...mirror.status, tracker }, isAttached, isAttaching);
    this.#tell('shoal.situation', situation);
    this.#tell('shoal.isHosting', this.#host.hosted !== undefined);
    const groups = this.#groups.groups();
    this.#tell('shoal.isLoaded', this.#groups.isLoaded);
    this.#tell('shoal.hasGroups', groups.length > 0);
    this.#tell('shoal.isMember', groups.some(isMine));
    this.#tell(
      'shoal.isOwner',
      groups.some(({ standing }) => standing === 'owner'),
    );
    const states = new Set(allTransfers(mirror).map(({ state }) => state));
    const isActive = (['queued', 'starting', 'downloading', 'waiting', 'verifying'] as const).some((state) =>
      states.has(state),
    );
    this.#tell('shoal.hasActive', isActive);
    this.#tell('shoal.hasPaused', states.has('paused'));
    this.#tell('shoal.hasFailed', states.has('failed'));
    this.#tell('shoal.hasComplete', states.has('complete'));
    this.#tell('shoal.hasDownloads', states.size > 0);
    this.#tell('shoal.hasFolders', mirror.folders.size > 0);
    this.#tell('shoal.hasShares', mirror.shares.size > 0);
    this.#tellPaths(mirror.shares.values());
  }

  /** The shared files that differ from the newest version, for the menus of files. */
  #tellPaths(shares: Iterable<ShareRecord>): void {
    const paths: string[] = [];
    for (const { path, state } of shares) if (state.name === 'edited' || state.name === 'behind') paths.push(path);
    const told = paths.sort().slice(0, MOST_PATHS);
    if (isDeepStrictEqual(told, this.#paths)) return;
    this.#paths = told;
    void vscode.commands.executeCommand('setContext', 'shoal.editedPaths', told);
  }

  #tell(key: string, value: unknown): void {
    if (this.#told.get(key) === value) return;
    this.#told.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
