import { setTimeout as sleep } from 'node:timers/promises';
import { ShoalError } from '@shoal/sdk/protocol';
import * as vscode from 'vscode';
import type { App } from './app.js';
import { tellThatItWasAway } from './editor/hosting-notes.js';
import { onSettings, settings } from './editor/settings.js';
import { hostedUrl, isHostedHere } from './editor/tracker-hosting.js';
import { allTransfers } from './model/downloads/transfers.js';
import { presentAway } from './model/presenters/present-status.js';
import { presentUnderWay } from './model/presenters/present-transfers.js';
import { trackerName } from './model/trackers/tracker-url.js';
import { errorFrom } from './remote/error-from.js';
import { Throttle } from './throttle.js';
import { t, wordError } from './words/index.js';

/** Refresh interval while the tree is visible: not every change has an event. */
const LOOK_EVERY_MS = 30_000;

const MARKS_EVERY_MS = 250;

/** The tracker learns of the end of a share after the windows; then the number of sources drops. */
const WITHDRAWN_AFTER_MS = 1000;

/**
 * Background work: attaches to the agent, and updates tree, badge, marks and log. It shows unrequested messages once.
 */
export class Presence implements vscode.Disposable {
  readonly #app: App;
  readonly #disposables: vscode.Disposable[];
  /** It examines all shares, and folders change by the thousand. */
  readonly #marks: Throttle;
  #looking: NodeJS.Timeout | undefined;
  #userId: string | null = null;
  #tracker: string | null = null;

  /** @param onMarks shared files have changed: these paths are marked in another way */
  constructor(app: App, onMarks: (paths: readonly string[]) => void) {
    this.#app = app;
    this.#marks = new Throttle(MARKS_EVERY_MS, () => {
      onMarks(app.shareIndex.update(app.client.mirror.shares.values()));
    });
    this.#listenToClient();
    this.#listenToTree();
    this.#disposables = [
      app.groupsView.onDidChangeVisibility(() => this.#look()),
      app.transfersView.onDidChangeVisibility(() => this.#attach()),
      onSettings(['tracker', 'listen', 'advertise', 'connect', 'portMapping', 'keepSharing'], () => this.#onSettings()),
      onSettings(['limits', 'keptVersions'], () => this.#inBackground(app.client.prepareAgain())),
      onSettings(['host.keepRunning'], () => this.#inBackground(app.host.review())),
    ];
  }

  /**
   * After the start of the editor: does something only if something is shared, downloaded or hosted, or the view is
   * open.
   */
  begin(): void {
    const { globalState } = this.#app.context;
    if (globalState.get('isHosting', false)) this.#inBackground(this.#hostAgain());
    if (globalState.get('isInUse', false)) this.#attach();
    this.#look();
  }

  dispose(): void {
    clearInterval(this.#looking);
    this.#marks.close();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #attach(): void {
    if (settings.trackerText === '') return;
    this.#inBackground(this.#app.client.open());
    this.#inBackground(this.#app.host.watch());
  }

  #look(): void {
    clearInterval(this.#looking);
    if (!this.#app.groupsView.visible) return;
    this.#attach();
    const refresh = () => {
      if (this.#app.client.userId !== undefined && this.#app.client.mirror.status.link === 'online')
        this.#inBackground(this.#app.groups.refresh());
    };
    refresh();
    this.#looking = setInterval(refresh, LOOK_EVERY_MS);
  }

  #onSettings(): void {
    this.#inBackground(this.#app.client.prepareAgain());
    this.#attach();
  }

  /** Hosts the earlier tracker again; this computer may have another address now. */
  async #hostAgain(): Promise<void> {
    const { host } = this.#app;
    const hosted = await host.start();
    this.#inBackground(host.watch());
    this.#inBackground(tellThatItWasAway(this.#app));
    const url = hostedUrl(hosted, settings.hostAddress);
    const { tracker } = settings.setup();
    if (isHostedHere(tracker, hosted) && tracker !== url) await settings.setTracker(url);
  }

  #listenToClient(): void {
    const { client, groups, groupsView, log, session, context, once } = this.#app;
    client.on('log', ({ level, message }) => log[level](message));
    client.on('tokenChanged', (token) => this.#inBackground(session.keep(token)));
    client.on('statusChanged', (status) => {
      const isTakingUp = status.link === 'connecting' && status.tracker === this.#tracker;
      if (isTakingUp || status.userId === this.#userId) return;
      this.#userId = status.userId;
      this.#tracker = status.tracker;
      if (status.userId === null) groups.clear();
      else this.#inBackground(groups.refresh());
      this.#inBackground(context.globalState.update('isInUse', status.userId !== null));
    });
    client.on('statusChanged', (status) => {
      const { description, message } = presentAway(status);
      if ((groupsView.description ?? '') !== description) groupsView.description = description;
      if ((groupsView.message ?? '') !== message) groupsView.message = message;
    });
    client.on('connected', ({ resumed }) => {
      if (resumed) this.#inBackground(groups.refresh());
    });
    client.on('statusChanged', ({ link, problem, tracker }) => {
      if (link !== 'refused' || problem === null || tracker === null) return;
      const { text, next } = wordError(errorFrom(problem));
      const told = t('{0}: {1}', trackerName(tracker), problem.code === 'TRACKER_CHANGED' ? problem.message : text);
      void once.warn(problem.code, told, ...(next ? [next.label] : []), t('Show Log')).then((choice) => {
        if (choice === t('Show Log')) log.show();
        else if (choice !== undefined && next) void vscode.commands.executeCommand(next.command, ...(next.args ?? []));
      });
    });
    client.on('sessionEnded', ({ reason }) => {
      groups.clear();
      if (reason !== 'replaced') return;
      const what = t('Shoal ended here because a copy of its data folder signed in elsewhere. Use only one of them.');
      void once.warn('DEVICE_REPLACED', what);
    });
    client.on('joinRequested', (event) => this.#inBackground(groups.onJoinRequested(event)));
    client.on('groupsChanged', () => this.#inBackground(groups.refresh()));
    client.on('membershipChanged', () => this.#inBackground(groups.refresh()));
    client.on('fileShared', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('fileStopped', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('filesShared', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('filesStopped', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('fileUpdated', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('filesUpdated', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('filesRemoved', ({ groupId }) => this.#inBackground(groups.onFilesChanged(groupId)));
    client.on('shareChanged', ({ fileName, groupId, path, state }) => {
      const told = `${path}, shared in ${groupId} as ${fileName}, is ${state.name}`;
      if (state.why === undefined) log.info(`${told}.`);
      else log.warn(`${told}: ${state.why}`);
    });
    client.on('folderShared', ({ groupId, folder, added, changed, removed, skipped }) => {
      log.info(`${folder} in ${groupId}: ${added} new, ${changed} changed, ${removed} removed.`);
      for (const { path, why } of skipped) log.warn(`${path} is not shared: ${why}`);
      this.#inBackground(groups.onFilesChanged(groupId));
    });
    client.on('folderShareFailed', ({ groupId, folder, error }) =>
      log.warn(`${folder} in ${groupId} is not shared again for now: ${error.message}`),
    );
    client.on('shareLost', ({ fileName, groupId, path, reason }) => {
      if (reason === 'refused') log.warn(`${path} is shared in ${groupId} as ${fileName} no more: it is refused.`);
      void sleep(WITHDRAWN_AFTER_MS, undefined, { ref: false }).then(() => groups.onFilesChanged(groupId));
    });
    client.on('sharesUnavailable', ({ shares }) => {
      const [first] = shares;
      if (!first) return;
      const told = t('{0} shared files cannot be read for now; Shoal keeps trying: {1}', shares.length, first.path);
      void once.warn(first.error.code, told);
    });
    client.on('downloadsChanged', ({ changed }) => {
      for (const id of changed) {
        const download = client.mirror.downloads.get(id);
        if (download) groups.touchFile(download.groupId, download.fileName);
      }
      this.#showSpeed();
    });
    client.on('foldersChanged', ({ changed }) => {
      for (const id of changed) {
        const download = client.mirror.folders.get(id);
        if (download) groups.touchFolder(download.groupId, download.folder);
      }
      this.#showSpeed();
    });
    client.on('sharedFoldersChanged', (changed) => {
      for (const { groupId, folder } of changed) groups.touchFolder(groupId, folder);
    });
    client.on('uploadsChanged', () => this.#showSpeed());
    client.on('sharesChanged', (changed) => {
      groups.touchFiles(changed ?? [...client.mirror.shares.values()]);
      this.#marks.request();
    });
  }

  #listenToTree(): void {
    const { groups, log } = this.#app;
    groups.on('failed', (error) => log.warn(error.message));
  }

  #showSpeed(): void {
    const { transfersView, client } = this.#app;
    transfersView.description = presentUnderWay(allTransfers(client.mirror), client.mirror.uploads);
  }

  /** Errors that no caller waits for go to the log. */
  #inBackground(work: Thenable<unknown>): void {
    work.then(undefined, (error: unknown) => this.#app.log.warn(ShoalError.from(error).message));
  }
}
